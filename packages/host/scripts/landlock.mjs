// Puts the script that gives up rights beside what starts it: the compiler copies no Perl.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
copyFileSync(join(here, "src/sandbox/landlock.pl"), join(here, "dist/sandbox/landlock.pl"));
