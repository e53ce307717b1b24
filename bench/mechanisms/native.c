// Options B, C and D: one library, three ways of waiting. Build: gcc -O2 -shared -fPIC native.c -o native.so
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile char version_text[] = "v0000000"; // patched in the file for each reload
static const char REQUEST[] = "GET / HTTP/1.0\r\n\r\n";

int version(char *out) { for (int i = 0; i < 8; i++) out[i] = version_text[i]; return 8; }
int echo(const char *in, int length, char *out) { memcpy(out, in, length); return length; }
void crash(void) { *(volatile int *)0 = 1; }
void spin(void) { for (volatile int i = 0;; i++) {} }

static void *tick(void *unused) { for (;;) usleep(1000); return unused; }
// What an author's own timer or client is in a library: a thread, which does not end with the library.
void leave(void) { pthread_t thread; pthread_create(&thread, 0, tick, 0); }

static double now_ms(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + t.tv_nsec / 1e6; }
static struct sockaddr_in local(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  return to;
}

// B: the call returns when it is done.
void sleep_sync(int ms) { usleep(ms * 1000); }
int get_sync(int port, char *out, int room) {
  struct sockaddr_in to = local(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0), length = 0, n;
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 || write(fd, REQUEST, sizeof REQUEST - 1) < 0) { close(fd); return -1; }
  while (length < room && (n = read(fd, out + length, room - length)) > 0) length += n;
  close(fd);
  return length;
}

// C: the call returns a future. Whoever wants to wait writes a state machine, for nothing in this process wakes it.
struct future { int fd, sent, length; double deadline; char body[4096]; };
struct future *future_echo(const char *in, int length) {
  struct future *f = calloc(1, sizeof *f);
  f->fd = -1; f->length = length; memcpy(f->body, in, length);
  return f;
}
struct future *future_sleep(int ms) { struct future *f = calloc(1, sizeof *f); f->fd = -1; f->deadline = now_ms() + ms; return f; }
struct future *future_get(int port) {
  struct future *f = calloc(1, sizeof *f);
  struct sockaddr_in to = local(port);
  f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(f->fd, (struct sockaddr *)&to, sizeof to);
  return f;
}
// The length of the result, or -1 while it is pending.
int future_poll(struct future *f, char *out) {
  if (f->fd >= 0) {
    if (!f->sent) {
      if (write(f->fd, REQUEST, sizeof REQUEST - 1) < 0) return -1;
      f->sent = 1;
    }
    int n = read(f->fd, f->body + f->length, sizeof f->body - f->length);
    if (n > 0) f->length += n;
    if (n != 0) return -1;
  } else if (now_ms() < f->deadline) return -1;
  memcpy(out, f->body, f->length);
  return f->length;
}
void future_drop(struct future *f) { if (f->fd >= 0) close(f->fd); free(f); }

// D: what waits is the host's; the library has the two things the host offers, and is called when one of them is done.
typedef void (*provided)(int task, int argument);
static provided host_sleep, host_get;
void hosted_init(provided sleep, provided get) { host_sleep = sleep; host_get = get; }
void hosted_sleep(int task, int ms) { host_sleep(task, ms); }
void hosted_get(int task, int port) { host_get(task, port); }
int hosted_complete(int task, const char *in, int length, char *out) { (void)task; memcpy(out, in, length); return length; }
