/* Laid under a program with LD_PRELOAD: makes writes and syncs of files below
   a folder fail, and moves the clock. What to do stands in a file that is
   mapped, so that a test changes it while the program runs (faults.py). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct orders {
  int32_t write_errno;
  int32_t sync_errno;
  int64_t clock_offset_seconds;
};

static const struct orders nothing;
static volatile const struct orders *orders = &nothing;
static const char *folder = "";

__attribute__((constructor)) static void map_orders(void) {
  const char *path = getenv("FAULTS_FILE");
  const char *below = getenv("FAULTS_FOLDER");
  if (path == NULL) return;
  if (below != NULL) folder = below;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) abort();
  void *page = mmap(NULL, sizeof(struct orders), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (page == MAP_FAILED) abort();
  orders = page;
}

static int is_below(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(int fd, int error) {
  if (error == 0 || *folder == '\0' || !is_below(fd)) return 0;
  errno = error;
  return 1;
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
  if (fails(fd, orders->write_errno)) return -1;
  return REAL(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  if (fails(fd, orders->write_errno)) return -1;
  return REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  if (fails(fd, orders->write_errno)) return -1;
  return REAL(pwrite64)(fd, data, size, at);
}

int fsync(int fd) {
  if (fails(fd, orders->sync_errno)) return -1;
  return REAL(fsync)(fd);
}

int fdatasync(int fd) {
  if (fails(fd, orders->sync_errno)) return -1;
  return REAL(fdatasync)(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  if (result == 0 &&
      (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += orders->clock_offset_seconds;
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result == 0) now->tv_sec += orders->clock_offset_seconds;
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
