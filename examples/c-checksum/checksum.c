/* An extension in C without any library: one tool, which answers the CRC-32 of a text. Build: cc -O2 -o checksum checksum.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OFFER                                                                                                       \
  "{\"protocol\":1,\"name\":\"checksum\",\"version\":\"1.0.0\",\"tools\":[{\"name\":\"crc32\","                     \
  "\"description\":\"The CRC-32 of a text in UTF-8, in hexadecimal\",\"parameters\":{\"type\":\"object\","          \
  "\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"]}}],"                                        \
  "\"events\":[],\"hooks\":[],\"commands\":[]}"

static void answer(const char *id, const char *result) {
  printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", id, result);
  fflush(stdout);
}

static void refuse(const char *id, int code, const char *kind, const char *message) {
  printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":\"%s\","
         "\"data\":{\"kind\":\"%s\",\"executed\":\"no\"}}}\n",
         id, code, message, kind);
  fflush(stdout);
}

static char *put_utf8(char *to, uint32_t point) {
  if (point < 0x80) {
    *to++ = (char)point;
    return to;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const unsigned char heads[] = {0, 0xC0, 0xE0, 0xF0};
  *to++ = (char)(heads[more] | (point >> (6 * more)));
  while (more-- > 0) *to++ = (char)(0x80 | ((point >> (6 * more)) & 0x3F));
  return to;
}

static uint32_t hex4(const char *digits) {
  char buffer[5] = {0};
  memcpy(buffer, digits, 4);
  return (uint32_t)strtoul(buffer, NULL, 16);
}

/* Decodes the JSON string behind the opening quote, in place: it only gets shorter. Answers its length. */
static size_t decode_string(char *text) {
  char *to = text;
  for (char *from = text; *from != '\0' && *from != '"'; from++) {
    if (*from != '\\') {
      *to++ = *from;
      continue;
    }
    const char *plain = strchr("\"\"\\\\//b\bf\fn\nr\rt\t", *++from);
    if (*from != 'u') {
      *to++ = plain != NULL ? plain[1] : *from;
      continue;
    }
    uint32_t point = hex4(from + 1);
    from += 4;
    if (point >= 0xD800 && point < 0xDC00 && from[1] == '\\' && from[2] == 'u') {
      point = 0x10000 + ((point - 0xD800) << 10) + (hex4(from + 3) - 0xDC00);
      from += 6;
    }
    to = put_utf8(to, point);
  }
  return (size_t)(to - text);
}

static uint32_t crc32(const char *bytes, size_t length) {
  uint32_t sum = 0xFFFFFFFF;
  for (size_t i = 0; i < length; i++) {
    sum ^= (unsigned char)bytes[i];
    for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
  }
  return ~sum;
}

static void execute(const char *id, char *line) {
  if (strstr(line, "\"tool\":\"crc32\"") == NULL) {
    refuse(id, 1004, "unknown-tool", "There is only crc32.");
    return;
  }
  char *arguments = strstr(line, "\"arguments\":{");
  char *text = arguments == NULL ? NULL : strstr(arguments, "\"text\":\"");
  if (text == NULL) {
    refuse(id, 1014, "invalid-arguments", "Expected a text.");
    return;
  }
  text += strlen("\"text\":\"");
  char result[128];
  snprintf(result, sizeof result, "{\"content\":[{\"type\":\"text\",\"text\":\"%08x\"}]}", crc32(text, decode_string(text)));
  answer(id, result);
}

int main(void) {
  static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":";
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, stdin)) > 0) {
    /* Half a line at the end of the channel is not a message (F-9). Hosts write what a line is first (F-4). */
    if (line[length - 1] != '\n' || strncmp(line, head, sizeof head - 1) != 0) continue;
    char *id = line + sizeof head - 1;
    size_t digits = strspn(id, "0123456789");
    char *method = id + digits + strlen(",\"method\":\"");
    if (digits == 0 || strncmp(id + digits, ",\"method\":\"", strlen(",\"method\":\"")) != 0) continue;
    id[digits] = '\0';
    size_t name = strcspn(method, "\"");
    method[name] = '\0';
    char *rest = method + name + 1;
    if (strcmp(method, "ping") == 0) answer(id, "{}");
    else if (strcmp(method, "hello") == 0) {
      if (strstr(rest, "\"min\":1,") != NULL) answer(id, OFFER);
      else refuse(id, 1011, "protocol-mismatch", "Expected a host that speaks version 1.");
    } else if (strcmp(method, "tool/execute") == 0) execute(id, rest);
    else if (strcmp(method, "shutdown") == 0) {
      answer(id, "{}");
      return 0;
    } else refuse(id, -32601, "method-not-found", "This extension has one tool and nothing else.");
  }
  free(line);
  return 0;
}
