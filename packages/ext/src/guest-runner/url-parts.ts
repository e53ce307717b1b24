import { URL_PARTS } from "../guest/host-functions.ts";

/** As JSON, for the guest. */
export function parseUrl(text: string, base: string | undefined): string | undefined {
  if (!URL.canParse(text, base)) return undefined;
  return describe(new URL(text, base));
}

/** What can't be changed so stays as it is, as in Node. Throws nothing that leads here: the guest would see it. */
export function changeUrl(href: string, part: string, value: string): string | undefined {
  const known = URL_PARTS.find((each) => each === part);
  if (known === undefined || known === "origin" || !URL.canParse(href)) return undefined;
  const url = new URL(href);
  if (known !== "href") url[known] = value;
  else if (URL.canParse(value)) url.href = value;
  return describe(url);
}

function describe(url: URL): string {
  return JSON.stringify(Object.fromEntries(URL_PARTS.map((part) => [part, url[part]])));
}
