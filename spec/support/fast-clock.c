/*
 * Lets the time of a program that is started with LD_PRELOAD go by faster: the wall clock and the monotonic ones, and all that waits by
 * them. FAST_CLOCK has the factor, and the real times (ns) of both clocks when it began to count: programs that have the same agree.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

typedef long long ns;

static ns factor = 1, wall_since, steady_since;

static int (*real_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("FAST_CLOCK");
  real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  if (given) sscanf(given, "%lld %lld %lld", &factor, &wall_since, &steady_since);
}

static ns of(struct timespec at) { return at.tv_sec * SECOND + at.tv_nsec; }
static struct timespec spec(ns at) { return (struct timespec){.tv_sec = at / SECOND, .tv_nsec = at % SECOND}; }

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }
static int is_steady(clockid_t clock) {
  return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
}
static ns since_of(clockid_t clock) { return is_wall(clock) ? wall_since : steady_since; }

int clock_gettime(clockid_t clock, struct timespec *out) {
  if (!real_gettime) real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_gettime(clock, out);
  if (result == 0 && factor > 1 && (is_wall(clock) || is_steady(clock))) {
    ns since = since_of(clock);
    *out = spec(since + (of(*out) - since) * factor);
  }
  return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

/* A wait is never shorter than it would be: what is due then is due. */
static ns shorter(ns wait) { return (wait + factor - 1) / factor; }
static int shorter_ms(int wait) { return wait <= 0 ? wait : (int)((wait + factor - 1) / factor); }

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = dlsym(RTLD_NEXT, #name)

int epoll_wait(int fd, struct epoll_event *events, int most, int wait) {
  REAL(epoll_wait);
  return real(fd, events, most, shorter_ms(wait));
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int wait, const sigset_t *mask) {
  REAL(epoll_pwait);
  return real(fd, events, most, shorter_ms(wait), mask);
}

int poll(struct pollfd *files, nfds_t count, int wait) {
  REAL(poll);
  return real(files, count, shorter_ms(wait));
}

int select(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other, struct timeval *restrict wait) {
  REAL(select);
  if (!wait) return real(count, in, out, other, wait);
  ns time = shorter(wait->tv_sec * SECOND + wait->tv_usec * 1000LL);
  struct timeval less = {.tv_sec = time / SECOND, .tv_usec = time % SECOND / 1000};
  return real(count, in, out, other, &less);
}

int nanosleep(const struct timespec *wait, struct timespec *left) {
  REAL(nanosleep);
  struct timespec less = spec(shorter(of(*wait)));
  return real(&less, left);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wait, struct timespec *left) {
  REAL(clock_nanosleep);
  struct timespec less = flags & TIMER_ABSTIME ? spec(since_of(clock) + shorter(of(*wait) - since_of(clock))) : spec(shorter(of(*wait)));
  return real(clock, flags, &less, left);
}

int usleep(useconds_t wait) {
  struct timespec less = spec(wait * 1000LL);
  return nanosleep(&less, NULL);
}

unsigned sleep(unsigned wait) {
  struct timespec less = spec(wait * SECOND);
  return nanosleep(&less, NULL);
}

/* The clock by which a condition waits is known to whoever has made it: a deadline lies near to the one that it is of. */
static struct timespec deadline(const struct timespec *until) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  ns since = llabs(of(*until) - of(wall)) < 400LL * 86400 * SECOND ? wall_since : steady_since;
  return spec(since + shorter(of(*until) - since));
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
  REAL(pthread_cond_timedwait);
  struct timespec less = deadline(until);
  return real(condition, mutex, &less);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until) {
  REAL(pthread_cond_clockwait);
  struct timespec less = deadline(until);
  return real(condition, mutex, clock, &less);
}

int sem_timedwait(void *semaphore, const struct timespec *until) {
  static int (*real)(void *, const struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec less = deadline(until);
  return real(semaphore, &less);
}
