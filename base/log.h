/* The program's log: one JSON object a line on standard error.
 *
 *   log_write(LOG_INFO, "lease", "took a lease", log_text("shard", id), log_number("counter", 7));
 *   {"ts":"2026-11-23T10:00:00.000Z","level":"info","msg":"took a
 * lease","component":"lease","worker":"w-1f","shard":...}
 *
 * Only the program's own layers log (worker, and threads of lease, shard and sink that nobody returns to);
 * libraries return a status. Never a credential, a header that signs, or an item's content. A reader that has
 * stopped reading never blocks the caller: a line that does not fit the pipe at once is dropped and counted,
 * and the next line that fits says how many ("dropped"). The log is the one global state beside the signal
 * flag; any thread may write.
 */
#ifndef PENSTOCK_BASE_LOG_H
#define PENSTOCK_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum log_kind { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_NUMBER };

struct log_field {
    enum log_kind kind;
    const char *name; /* a literal that needs no escapes */
    struct slice text;
    int64_t number;
};

static inline struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){.kind = LOG_KIND_TEXT, .name = name, .text = slice_of_text(text)};
}

static inline struct log_field log_slice(const char *name, struct slice text)
{
    return (struct log_field){.kind = LOG_KIND_TEXT, .name = name, .text = text};
}

static inline struct log_field log_number(const char *name, int64_t number)
{
    return (struct log_field){.kind = LOG_KIND_NUMBER, .name = name, .number = number};
}

/* The field "err" with the reason of a status. */
static inline struct log_field log_status(const struct status *status)
{
    return log_text("err", status->reason);
}

/* "debug", "info", "warn" or "error". False when `text` is none of them. */
bool log_level_parse(const char *text, enum log_level *ret_level) MUST_USE;

/* Lines below `level` are left out from now on (before: info). */
void log_set_level(enum log_level level);

/* The worker's id, put into every line from now on; cut at 127 bytes. */
void log_set_worker(const char *worker);

/* Where lines go; standard error (2) unless set. For tests and tools. */
void log_set_descriptor(int descriptor);

/* A line of at most 4,096 bytes; text that does not fit is cut, and fields behind it are left out. `fields`
 * end with LOG_KIND_END. Use log_write. */
void log_write_fields(enum log_level level, const char *component, const char *message,
                      const struct log_field *fields);

/* The same at most once in `interval_ms` for one (component, message) pair; the next line that goes out
 * carries "suppressed". Both texts must be literals: the log keeps them. */
void log_write_limited_fields(int64_t interval_ms, enum log_level level, const char *component,
                              const char *message, const struct log_field *fields);

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.kind = LOG_KIND_END}})

#define log_write(level, component, message, ...)                                                            \
    log_write_fields(level, component, message, LOG_FIELDS(__VA_ARGS__))

#define log_write_limited(interval_ms, level, component, message, ...)                                       \
    log_write_limited_fields(interval_ms, level, component, message, LOG_FIELDS(__VA_ARGS__))

#endif
