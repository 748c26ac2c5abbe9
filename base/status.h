/* The one error idiom: a must-use status that carries a code for the program and a reason for a person.
 *
 * A function that can fail returns `struct status` and is declared MUST_USE. Results come through `ret_`
 * pointers, which are left untouched on failure. The reason names the thing and the cause ("cannot open '/x':
 * Permission denied"); it never holds a credential or an item's content. A status is a plain value: nothing
 * to free, safe to copy between threads.
 */
#ifndef PENSTOCK_BASE_STATUS_H
#define PENSTOCK_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_USE                               __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

enum status_code {
    STATUS_OK = 0,
    STATUS_INVALID, /* the input is wrong; the same call can never succeed */
    STATUS_NOT_FOUND, /* the named thing does not exist */
    STATUS_EXISTS, /* the thing to be made exists already */
    STATUS_CONDITION, /* a conditional write lost: somebody else changed the row */
    STATUS_DENIED, /* credentials are missing, wrong or without the right */
    STATUS_THROTTLED, /* refused for now; nothing happened */
    STATUS_UNAVAILABLE, /* network or server trouble; whether the call took effect is unknown */
    STATUS_TIMEOUT, /* the deadline passed; whether the call took effect is unknown */
    STATUS_TOO_LARGE, /* a ceiling was reached */
    STATUS_CORRUPT, /* bytes that do not parse or do not match their checksum */
    STATUS_EXPIRED, /* a shard iterator or a credential is too old */
    STATUS_TRIMMED, /* the stream no longer holds the position asked for */
    STATUS_STOPPED, /* a stop was requested while waiting */
    STATUS_IO, /* the local disk or system refused */
    STATUS_NO_MEMORY, /* an allocation failed */
    STATUS_INTERNAL, /* a broken invariant of our own */
};

enum { STATUS_REASON_BYTES = 252 };

struct status {
    enum status_code code;
    char reason[STATUS_REASON_BYTES]; /* NUL-terminated UTF-8, empty when OK */
};

/* Success. */
struct status status_ok(void) MUST_USE;

/* A failure with a printf-made reason, cut at STATUS_REASON_BYTES - 1. */
struct status status_make(enum status_code code, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

/* The same failure with words put in front: "cannot renew lease 'x': <reason>". An OK status stays OK. */
struct status status_prefix(struct status cause, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

/* STATUS_NO_MEMORY for an allocation of `bytes` bytes meant for `what`. */
struct status status_no_memory(const char *what, size_t bytes) MUST_USE;

/* A failure with strerror(errno_value) behind the printf-made words; its code is STATUS_NO_MEMORY,
 * STATUS_NOT_FOUND, STATUS_DENIED or STATUS_IO by the errno. */
struct status status_errno(int errno_value, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

static inline bool status_is_ok(const struct status *status)
{
    return status->code == STATUS_OK;
}

/* "throttled", "not found", ...: the code in words, for logs. Never NULL. */
const char *status_code_name(enum status_code code);

/* Returns from the calling function when `expression` fails. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        struct status try_status_ = (expression);                                                            \
        if (try_status_.code != STATUS_OK) {                                                                 \
            return try_status_;                                                                              \
        }                                                                                                    \
    } while (0)

/* Sets `status` and goes to `label` when `expression` fails. */
#define TRY_GOTO(status, label, expression)                                                                  \
    do {                                                                                                     \
        (status) = (expression);                                                                             \
        if ((status).code != STATUS_OK) {                                                                    \
            goto label;                                                                                      \
        }                                                                                                    \
    } while (0)

#ifdef __clang_analyzer__
/* Static analysis reads one source file at a time, so it is told here which code each maker gives: else it
 * follows paths on which a failure counts as success. */
static inline MUST_USE struct status status_known(enum status_code code, struct status made)
{
    made.code = code;
    return made;
}

static inline MUST_USE struct status status_failed(struct status made)
{
    if (made.code == STATUS_OK) {
        __builtin_unreachable();
    }
    return made;
}
#define status_ok()               status_known(STATUS_OK, (status_ok)())
#define status_make(code, ...)    status_known(code, (status_make)(code, __VA_ARGS__))
#define status_prefix(cause, ...) status_known((cause).code, (status_prefix)(cause, __VA_ARGS__))
#define status_no_memory(...)     status_known(STATUS_NO_MEMORY, (status_no_memory)(__VA_ARGS__))
#define status_errno(...)         status_failed((status_errno)(__VA_ARGS__))
#endif

#endif
