#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Static analysis wraps these in the header. */
#undef status_ok
#undef status_make
#undef status_prefix
#undef status_no_memory
#undef status_errno

/* Takes off the last character when the end of the reason cut through it, so that the reason stays UTF-8. */
static void trim_cut_character(struct status *status)
{
    size_t length = strlen(status->reason);
    if (length + 1 < sizeof status->reason) {
        return;
    }
    size_t tail = 0;
    while (tail < 3 && tail < length && (status->reason[length - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    if (tail == length) {
        return;
    }
    unsigned char first = (unsigned char)status->reason[length - 1 - tail];
    size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (whole > tail + 1) {
        status->reason[length - 1 - tail] = '\0';
    }
}

struct status status_ok(void)
{
    /* Its unused part stays as it was: calls are many, and most of them go well. */
    struct status status __attribute__((uninitialized));
    status.code = STATUS_OK;
    status.reason[0] = '\0';
    return status;
}

struct status status_make(enum status_code code, const char *format, ...)
{
    struct status status = {.code = code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(status.reason, sizeof status.reason, format, arguments);
    va_end(arguments);
    trim_cut_character(&status);
    return status;
}

/* Puts ": tail" behind the words in `status`, cutting at the end of the reason. */
static void append_tail(struct status *status, const char *tail)
{
    size_t used = strlen(status->reason);
    snprintf(status->reason + used, sizeof status->reason - used, ": %s", tail);
    trim_cut_character(status);
}

struct status status_prefix(struct status cause, const char *format, ...)
{
    if (cause.code == STATUS_OK) {
        return cause;
    }
    struct status status = {.code = cause.code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(status.reason, sizeof status.reason, format, arguments);
    va_end(arguments);
    append_tail(&status, cause.reason);
    return status;
}

struct status status_no_memory(const char *what, size_t bytes)
{
    return status_make(STATUS_NO_MEMORY, "out of memory: %zu bytes for %s", bytes, what);
}

static enum status_code code_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return STATUS_DENIED;
    default:
        return STATUS_IO;
    }
}

struct status status_errno(int errno_value, const char *format, ...)
{
    struct status status = {.code = code_of_errno(errno_value)};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(status.reason, sizeof status.reason, format, arguments);
    va_end(arguments);
    char words[80];
    append_tail(&status, strerror_r(errno_value, words, sizeof words));
    return status;
}

const char *status_code_name(enum status_code code)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_INVALID] = "invalid",
        [STATUS_NOT_FOUND] = "not found",
        [STATUS_EXISTS] = "exists",
        [STATUS_CONDITION] = "condition lost",
        [STATUS_DENIED] = "denied",
        [STATUS_THROTTLED] = "throttled",
        [STATUS_UNAVAILABLE] = "unavailable",
        [STATUS_TIMEOUT] = "timeout",
        [STATUS_TOO_LARGE] = "too large",
        [STATUS_CORRUPT] = "corrupt",
        [STATUS_EXPIRED] = "expired",
        [STATUS_TRIMMED] = "trimmed",
        [STATUS_STOPPED] = "stopped",
        [STATUS_IO] = "i/o",
        [STATUS_NO_MEMORY] = "no memory",
        [STATUS_INTERNAL] = "internal",
    };
    size_t index = (size_t)code;
    if (index >= sizeof names / sizeof names[0]) {
        return "unknown";
    }
    return names[index];
}
