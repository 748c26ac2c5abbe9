/* A landed file: its place by the prefix expression, its bytes by zlib, whole by a rename. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/support/faultd/hose.h"

static bool append_pattern(struct slice pattern, const struct tm *time, struct bytes *target)
{
    size_t at = 0;
    while (at < pattern.length) {
        char letter = pattern.at[at];
        size_t run = 1;
        while (at + run < pattern.length && pattern.at[at + run] == letter) {
            run++;
        }
        int value = letter == 'y'   ? time->tm_year + 1900
                    : letter == 'M' ? time->tm_mon + 1
                    : letter == 'd' ? time->tm_mday
                    : letter == 'H' ? time->tm_hour
                    : letter == 'm' ? time->tm_min
                    : letter == 's' ? time->tm_sec
                                    : -1;
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (is_letter && (value < 0 || run > 4)) {
            return false;
        }
        struct status status = is_letter ? bytes_append_format(target, "%0*d", (int)run, value)
                                         : bytes_append(target, pattern.at + at, run);
        if (!status_is_ok(&status)) {
            return false;
        }
        at += run;
    }
    return true;
}

bool hose_expand_prefix(const char *prefix, int64_t wall_ms, char *target, size_t size)
{
    static const char mark[] = "!{timestamp:";
    struct bytes text;
    struct tm parts;
    time_t seconds = (time_t)(wall_ms / 1000);
    bool whole = gmtime_r(&seconds, &parts) != NULL;
    bytes_init(&text, size - 1);
    while (whole && *prefix != '\0') {
        const char *next = strstr(prefix, "!{");
        size_t plain = next == NULL ? strlen(prefix) : (size_t)(next - prefix);
        struct status status = bytes_append(&text, prefix, plain);
        whole = status_is_ok(&status);
        prefix += plain;
        if (next != NULL && whole) {
            const char *end = strchr(next, '}');
            whole = end != NULL && strncmp(next, mark, sizeof mark - 1) == 0 &&
                    append_pattern(slice_of(next + sizeof mark - 1, (size_t)(end - next) - sizeof mark + 1),
                                   &parts, &text);
            prefix = whole ? end + 1 : prefix;
        }
    }
    whole = whole && slice_copy_text(bytes_slice(&text), target, size);
    bytes_free(&text);
    return whole;
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

static bool write_gzip(int descriptor, struct slice data)
{
    gzFile file = gzdopen(descriptor, "wb1");
    if (file == NULL) {
        close(descriptor);
        return false;
    }
    bool written = true;
    while (written && data.length > 0) {
        unsigned part = data.length > 1 << 20 ? 1u << 20 : (unsigned)data.length;
        written = gzwrite(file, data.at, part) == (int)part;
        data = slice_of(data.at + part, data.length - part);
    }
    return gzclose(file) == Z_OK && written;
}

bool hose_write_file(const char *path, struct slice data, char *reason, size_t reason_size)
{
    char hidden[4096];
    const char *name = strrchr(path, '/');
    int length = snprintf(hidden, sizeof hidden, "%.*s/.%s.tmp", (int)(name - path), path, name + 1);
    if (length < 0 || (size_t)length >= sizeof hidden || !make_folders(hidden)) {
        snprintf(reason, reason_size, "cannot make the folders of '%.150s'", path);
        return false;
    }
    int descriptor = open(hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0 || !write_gzip(descriptor, data) || rename(hidden, path) != 0) {
        snprintf(reason, reason_size, "cannot write '%.150s': errno %d", path, errno);
        unlink(hidden);
        return false;
    }
    return true;
}
