//! `#[tau_ext::main]`. Reads tokens by hand: a parser of Rust would take longer to compile than most extensions.
use proc_macro::{TokenStream, TokenTree};

/// Makes a program of an `async fn setup(api: &mut ExtensionApi)`, which may also answer a `Result<(), E>`.
#[proc_macro_attribute]
pub fn main(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let Some(name) = name_of_function(item.clone()) else {
        return error("Expected `#[tau_ext::main]` on a function: `async fn setup(api: &mut ExtensionApi) { … }`.");
    };
    if name == "main" {
        return error("Expected a name other than `main`, such as `setup`: tau_ext makes the program's `main`.");
    }
    let program = format!(
        "fn main() {{
            fn __tau_setup<'a>(api: &'a mut ::tau_ext::ExtensionApi) -> ::tau_ext::__private::SetupFuture<'a> {{
                ::std::boxed::Box::pin(async move {{ ::tau_ext::__private::IntoOutcome::into_outcome({name}(api).await) }})
            }}
            ::tau_ext::__private::run(::std::option_env!(\"TAU_EXTENSION_NAME\").or(::std::option_env!(\"CARGO_BIN_NAME\")).unwrap_or(::std::env!(\"CARGO_PKG_NAME\")), ::std::env!(\"CARGO_PKG_VERSION\"), __tau_setup)
        }}"
    );
    let mut all = item;
    all.extend(program.parse::<TokenStream>().expect("the program is Rust"));
    all
}

fn name_of_function(item: TokenStream) -> Option<String> {
    let mut tokens = item.into_iter();
    while let Some(token) = tokens.next() {
        if let TokenTree::Ident(word) = &token {
            if word.to_string() == "fn" {
                return tokens.next().map(|name| name.to_string());
            }
        }
    }
    None
}

fn error(text: &str) -> TokenStream {
    format!("::std::compile_error!({text:?});").parse().expect("it is Rust")
}
