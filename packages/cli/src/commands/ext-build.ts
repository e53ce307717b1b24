import { buildComponent } from "tau-host";
import { runCommand, type TauContext } from "../context.ts";
import { given } from "../given.ts";

export interface BuildFlags {
  readonly out?: string;
}

/** `tau ext build`: a component of a source, which can be loaded wherever the language it was written in is not. */
export default async function build(this: TauContext, { out }: BuildFlags, source: string): Promise<void> {
  const { terminal, process } = this;
  await runCommand(this, async () => {
    const onNote = (text: string): void => terminal.note(text);
    terminal.print(await buildComponent({ source, ...given({ out }), environment: process.env, onNote }));
  });
}
