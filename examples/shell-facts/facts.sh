#!/bin/sh
# An extension in plain shell: it reads lines and writes lines, and that is all there is to it.

answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }

refuse() { # id code kind message
  printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"%s","data":{"kind":"%s","executed":"no"}}}\n' "$1" "$2" "$4" "$3"
}

# Text as a JSON string: backslashes, quotes and tabs escaped, lines joined.
quote() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' | awk '{ printf "%s%s", sep, $0; sep = "\\n" }'; }

facts() { uname -sm; uptime; df -h .; }

while IFS= read -r line; do
  # Hosts write these first and without spaces (F-4), so no JSON parser is needed to tell what a line is.
  rest=${line#'{"jsonrpc":"2.0","id":'}
  [ "$rest" != "$line" ] || continue # a notification
  id=${rest%%,*}
  method=${rest#*,\"method\":\"}
  [ "$method" != "$rest" ] || continue # an answer to nothing
  case ${method%%\"*} in
    hello)
      case $line in
        *'"protocol":{"min":1,'*) answer "$id" '{"protocol":1,"name":"facts","version":"1.0.0","tools":[{"name":"machine_facts","description":"What this machine is, how busy it is, and how much room is left on its disk","parameters":{"type":"object","properties":{}}}],"events":[],"hooks":[],"commands":[]}' ;;
        *) refuse "$id" 1011 protocol-mismatch 'Expected a host that speaks version 1.' ;;
      esac ;;
    ping) answer "$id" '{}' ;;
    tool/execute)
      case $line in
        *'"tool":"machine_facts"'*) answer "$id" "{\"content\":[{\"type\":\"text\",\"text\":\"$(facts 2>&1 | quote)\"}]}" ;;
        *) refuse "$id" 1004 unknown-tool 'There is only machine_facts.' ;;
      esac ;;
    shutdown) answer "$id" '{}'; exit 0 ;;
    *) refuse "$id" -32601 method-not-found 'This extension has one tool and nothing else.' ;;
  esac
done
