#include "sink/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct status folder_sync(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return status_errno(errno, "cannot open the folder '%s'", path);
    }
    struct status status =
        fsync(descriptor) == 0 ? status_ok() : status_errno(errno, "cannot sync the folder '%s'", path);
    close(descriptor);
    return status;
}

/* Makes one folder whose parent exists. */
static struct status make_one(const char *path)
{
    if (mkdir(path, 0755) != 0) {
        struct stat info;
        int error = errno;
        if (error == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            return status_ok();
        }
        return status_errno(error == EEXIST ? ENOTDIR : error, "cannot make the folder '%s'", path);
    }
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return folder_sync(".");
    }
    int length = slash == path ? 1 : (int)(slash - path);
    snprintf(parent, sizeof parent, "%.*s", length, path);
    return folder_sync(parent);
}

struct status folder_make(const char *path)
{
    char prefix[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof prefix) {
        return status_make(STATUS_INVALID, "'%s' is no usable folder name", path);
    }
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return status_ok();
    }
    for (size_t i = 1; i <= length; i++) {
        bool ends_here = path[i] == '/' || path[i] == '\0';
        if (ends_here && path[i - 1] != '/') {
            memcpy(prefix, path, i);
            prefix[i] = '\0';
            TRY(make_one(prefix));
        }
    }
    return status_ok();
}

struct status file_write_all(int descriptor, struct slice content, const char *path)
{
    while (content.length > 0) {
        ssize_t written = write(descriptor, content.at, content.length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return status_errno(written < 0 ? errno : ENOSPC, "cannot write '%s'", path);
        }
        content = slice_of(content.at + written, content.length - (size_t)written);
    }
    return status_ok();
}

struct status folder_try(const char *path)
{
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s/.penstock-try-XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof name) {
        return status_make(STATUS_INVALID, "the folder name '%s' is too long", path);
    }
    int descriptor = mkostemp(name, O_CLOEXEC);
    if (descriptor < 0) {
        return status_errno(errno, "cannot write into the folder '%s'", path);
    }
    struct status status = file_write_all(descriptor, slice_of_text("try\n"), name);
    if (status_is_ok(&status) && fsync(descriptor) != 0) {
        status = status_errno(errno, "cannot sync a file in the folder '%s'", path);
    }
    close(descriptor);
    (void)unlink(name);
    return status;
}
