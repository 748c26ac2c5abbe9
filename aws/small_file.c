#include "aws/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct status read_all(int file, const char *path, struct bytes *content)
{
    struct stat facts;
    if (fstat(file, &facts) != 0) {
        return status_errno(errno, "cannot look at '%.150s'", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        return status_make(STATUS_INVALID, "'%.150s' is not a regular file", path);
    }
    if ((uint64_t)facts.st_size > content->ceiling) {
        return status_make(STATUS_TOO_LARGE, "'%.150s' has %lld bytes; %zu is the most", path,
                           (long long)facts.st_size, content->ceiling);
    }
    /* In one piece, so that a secret is not left behind by a growing buffer. */
    TRY(bytes_reserve(content, (size_t)facts.st_size));
    for (;;) { /* the ceiling ends it */
        char chunk[4096];
        ssize_t got = read(file, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return status_errno(errno, "cannot read '%.150s'", path);
        }
        if (got == 0) {
            break;
        }
        struct status status = bytes_append(content, chunk, (size_t)got);
        memory_wipe(chunk, sizeof(chunk));
        TRY(status);
    }
    return status_ok();
}

struct status small_file_read(const char *path, struct bytes *content)
{
    bytes_clear(content);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return status_errno(errno, "cannot open '%.150s'", path);
    }
    struct status status = read_all(file, path, content);
    (void)close(file); /* only read from */
    return status;
}
