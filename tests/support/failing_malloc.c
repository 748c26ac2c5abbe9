/* LD_PRELOAD: memory runs out. The allocation number FAILING_MALLOC_AT of the program itself and of its libraries for
 * JSON, SQLite, zlib and the admin server gives NULL, once; with FAILING_MALLOC_COUNT (a file's path) their number is
 * kept there, eight bytes. Those of libc, libcrypto, libssl and libcurl do not count: what they do without memory is theirs
 * to answer for (OpenSSL 3.0 ends with a signal when its very first allocation fails). For tests of fault 55. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_long own_count;
static atomic_long *seen = &own_count;
static long fail_at = -1;

static const char *const counted[] = {"penstock", "libcjson", "libsqlite3", "libz.", "libmicrohttpd"};

static _Thread_local int inside; /* dladdr may allocate */

static bool is_counted(const void *caller)
{
    Dl_info info;
    if (inside > 1 || fail_at < 0 || dladdr(caller, &info) == 0 || info.dli_fname == NULL) {
        return false;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash == NULL ? info.dli_fname : slash + 1;
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        if (strncmp(name, counted[i], strlen(counted[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool fails(const void *caller)
{
    inside++;
    bool does = is_counted(caller) && atomic_fetch_add(seen, 1) + 1 == fail_at;
    inside--;
    return does;
}

static atomic_long *map_count(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, (off_t)sizeof *seen) != 0) {
        return &own_count;
    }
    void *map = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    return map == MAP_FAILED ? &own_count : map;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = secure_getenv("FAILING_MALLOC_AT");
    const char *path = secure_getenv("FAILING_MALLOC_COUNT");
    seen = path == NULL ? &own_count : map_count(path);
    fail_at = text == NULL ? -1 : strtol(text, NULL, 10);
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes = 0;
    bool fits = !__builtin_mul_overflow(count, size, &bytes);
    return !fits || fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, bytes);
}
