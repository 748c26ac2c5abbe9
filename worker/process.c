#include "worker/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

enum { ARENAS = 2 };

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
    (void)mallopt(M_ARENA_MAX, ARENAS);
}
