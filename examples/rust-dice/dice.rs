---
[dependencies]
fastrand = "2"
---
use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Roll {
    /// How many dice
    #[schemars(range(min = 1, max = 20))]
    count: u32,
}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    api.tool("roll_dice", "Rolls dice and tells what they show.", |Roll { count }, ctx| async move {
        let mut rolls = Vec::new();
        for number in 1..=count {
            ctx.progress(format!("rolling {number} of {count}"));
            rolls.push(fastrand::u32(1..=6));
        }
        let shown: Vec<String> = rolls.iter().map(u32::to_string).collect();
        Ok(ToolResult::text(shown.join(" ")).with_details(json!({ "rolls": rolls })))
    });

    api.on::<ToolCall>(|event, _| async move {
        let count = event.input.get("count").and_then(Value::as_u64);
        (event.tool == "roll_dice" && count == Some(13)).then(|| Answer::block("thirteen dice bring bad luck"))
    });
}
