import { convert, type Unit } from "convert";
import { ToolResult, type ExtensionApi } from "tau-ext";

const format = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export default function setup(api: ExtensionApi) {
  api.registerTool({
    name: "unit_convert",
    label: "Convert units",
    description: "Converts lengths, weights, temperatures, times and more. Use it instead of calculating.",
    parameters: {
      type: "object",
      properties: {
        amount: { type: "number" },
        from: { type: "string", description: "A unit: m, ft, lb, celsius, hours …" },
        to: { type: "string", description: "A unit of the same kind" },
      },
      required: ["amount", "from", "to"],
      additionalProperties: false,
    },
    idempotent: true,

    execute({ amount, from, to }) {
      try {
        const result: number = convert(amount, from as Unit).to(to as Unit);
        return ToolResult.text(`${amount} ${from} = ${format.format(result)} ${to}`, { details: { result } });
      } catch (error) {
        // Units that do not exist or do not fit are the model's mistake: it reads why, and can try again.
        if (error instanceof RangeError) return ToolResult.error(`${error.message}.`);
        throw error;
      }
    },
  });
}
