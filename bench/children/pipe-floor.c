/* The floor under all round trips: a parent and a child, a pipe each way, blocking reads. Arguments: bytes, warm-up, calls.
   Prints {"p50": µs, "p99": µs}. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 16];

static void give(int fd, int bytes) {
  if (write(fd, buffer, bytes) != bytes) exit(1);
}
static int take(int fd, int bytes) {
  for (int got = 0; got < bytes;) {
    int n = read(fd, buffer, bytes - got);
    if (n <= 0) return 0;
    got += n;
  }
  return 1;
}
static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static int ascending(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int bytes = atoi(argv[1]), warmup = atoi(argv[2]), calls = atoi(argv[3]), to[2], from[2];
  if (bytes > (int)sizeof buffer || pipe(to) || pipe(from)) return 2;
  if (fork() == 0) {
    close(to[1]);
    close(from[0]);
    while (take(to[0], bytes)) give(from[1], bytes);
    return 0;
  }
  double *times = malloc(calls * sizeof *times);
  for (int i = -warmup; i < calls; i++) {
    double start = now_us();
    give(to[1], bytes);
    if (!take(from[0], bytes)) return 1;
    if (i >= 0) times[i] = now_us() - start;
  }
  qsort(times, calls, sizeof *times, ascending);
  printf("{\"p50\": %.3f, \"p99\": %.3f}\n", times[calls / 2], times[calls * 99 / 100]);
  return 0;
}
