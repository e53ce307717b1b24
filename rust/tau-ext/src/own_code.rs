//! What of the author's is at an address: file, line and function.
use libc::c_void;
use std::path::Path;

/// How far from an instruction without a line its neighbours are asked.
const NEARBY_BYTES: usize = 32;

struct Code {
    file: String,
    /// None for what the compiler added by itself.
    line: Option<u32>,
    function: String,
}

/// `file:line in function` for the author's function at what a call returns to, and before it for those that the compiler put into it there.
pub(crate) fn own_code_at(address: *mut c_void) -> Vec<String> {
    let described = |code: Code| {
        let line = code.line.or_else(|| nearest_line(address, &code));
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line} in {}", code.file, code.function)
    };
    look_up(address).into_iter().map(described).collect()
}

fn look_up(address: *mut c_void) -> Vec<Code> {
    let mut found = Vec::new();
    backtrace::resolve(address, |symbol| {
        let Some(file) = symbol.filename().filter(|file| is_own(file)) else { return };
        let function = symbol.name().map_or_else(|| "?".to_owned(), |name| format!("{name:#}"));
        found.push(Code { file: shown(file), line: symbol.lineno().filter(|line| *line > 0), function });
    });
    found
}

/// Of an instruction beside it: in a loop that does little, every tenth one belongs to no line.
fn nearest_line(address: *mut c_void, code: &Code) -> Option<u32> {
    (1..=NEARBY_BYTES)
        .flat_map(|bytes| [address.wrapping_byte_sub(bytes), address.wrapping_byte_add(bytes)])
        .flat_map(look_up)
        .find_map(|near| near.line.filter(|_| near.function == code.function && near.file == code.file))
}

/// Not of std, of a crate from elsewhere, of this one, or of a C library with debug symbols, which names files as where it was built.
fn is_own(file: &Path) -> bool {
    if !file.is_absolute() && file.extension().is_none_or(|extension| extension != "rs") {
        return false;
    }
    let text = file.to_string_lossy();
    let foreign = ["/rustc/", "/registry/src/", "/git/checkouts/", "/library/std/", "/library/core/", "/library/alloc/"];
    !foreign.iter().any(|part| text.contains(part)) && !file.starts_with(env!("CARGO_MANIFEST_DIR"))
}

/// As panics tell it: a single file by its name, a project's from `src` on.
fn shown(file: &Path) -> String {
    let text = file.to_string_lossy();
    match text.rfind("/src/") {
        Some(at) => text[at + 1..].to_owned(),
        None => file.file_name().map_or_else(|| text.to_string(), |name| name.to_string_lossy().into_owned()),
    }
}
