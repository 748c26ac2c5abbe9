/* A folder of a test's own, and a disk that is full: a limit on the size of files makes every write fail
 * (EFBIG) without root. */
#ifndef PENSTOCK_TESTS_UNIT_SINK_FOLDER_SUPPORT_H
#define PENSTOCK_TESTS_UNIT_SINK_FOLDER_SUPPORT_H

#include "support.h"

#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct test_folder {
    char path[64];
};

static inline void test_folder_make(struct test_folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/penstock-sink-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline int test_folder_remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void test_folder_remove(struct test_folder *folder)
{
    assert_int_equal(nftw(folder->path, test_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void test_disk_limit(rlim_t bytes)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static inline void test_disk_is_full(void)
{
    (void)fflush(stdout);
    test_disk_limit(0);
}

static inline void test_disk_has_room(void)
{
    test_disk_limit(RLIM_INFINITY);
}

#endif
