// Keeps beside the files of a program what a disk is sure to have of them: what the program has synced. After a kill, that is what a loss
// of power would have left. Preload it with LD_PRELOAD.
//
// LOST_WRITES_OF  the directory of the files
// LOST_WRITES_TO  another directory, which gets their synced contents under the same names
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The place of a file's synced contents. Returns 0 for a file outside of the directory.
static int kept_name(const char *path, char *name) {
  const char *of = getenv("LOST_WRITES_OF"), *to = getenv("LOST_WRITES_TO");
  if (of == NULL || to == NULL || strncmp(path, of, strlen(of)) != 0) return 0;
  snprintf(name, 4096, "%s%s", to, path + strlen(of));
  return 1;
}

static void make_folder_of(const char *name) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s", name);
  *strrchr(folder, '/') = '\0';
  mkdir(folder, 0755);
}

// Where an open file or folder is. Returns 0 where nobody can tell.
static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length <= 0) return 0;
  path[length] = '\0';
  return 1;
}

// A folder was synced: what was deleted there stays deleted.
static void forget_deleted(int fd) {
  char path[4096], name[4096], file[8200], kept[8200];
  if (!path_of(fd, path) || !kept_name(path, name)) return;
  DIR *folder = opendir(name);
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
    snprintf(kept, sizeof kept, "%s/%s", name, entry->d_name);
    if (access(file, F_OK) != 0) unlink(kept);
  }
  closedir(folder);
}

// Copies the first bytes of a file. Written anew beside the old copy, so that a kill leaves one of the two.
static void keep(int fd, off_t size) {
  char path[4096], name[4096], fresh[4200], buffer[65536];
  if (!path_of(fd, path) || !kept_name(path, name)) return;
  make_folder_of(name);
  snprintf(fresh, sizeof fresh, "%s.fresh", name);
  int from = open(path, O_RDONLY), to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  while (from >= 0 && to >= 0 && size > 0) {
    ssize_t got = read(from, buffer, size < (off_t)sizeof buffer ? (size_t)size : sizeof buffer);
    if (got <= 0 || write(to, buffer, got) != got) break;
    size -= got;
  }
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  rename(fresh, name);
}

static int synced(int fd, const char *function) {
  struct stat before;
  // What is written while the disk is at it may be left out.
  int is_file = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
  int result = real(fd);
  if (result == 0 && is_file) keep(fd, before.st_size);
  else if (result == 0) forget_deleted(fd);
  return result;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  char absolute_from[4096], absolute_to[4096], kept_from[4096], kept_to[4096], folder[2048];
  int result = real(from, to);
  if (result != 0 || getcwd(folder, sizeof folder) == NULL) return result;
  snprintf(absolute_from, 4096, from[0] == '/' ? "%s%s" : "%s/%s", from[0] == '/' ? "" : folder, from);
  snprintf(absolute_to, 4096, to[0] == '/' ? "%s%s" : "%s/%s", to[0] == '/' ? "" : folder, to);
  if (kept_name(absolute_from, kept_from) && kept_name(absolute_to, kept_to)) {
    make_folder_of(kept_to);
    real(kept_from, kept_to);
  }
  return result;
}
