#include "base/log.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

enum {
    LOG_LINE_BYTES =
        4096, /* PIPE_BUF: a pipe that polls writable takes a line of this size without blocking */
    LOG_TAIL_BYTES = 8, /* kept free for the end of a text and the closing brace */
    LOG_WORKER_BYTES = 128,
    LOG_LIMITS = 64,
};

struct log_limit {
    const char *component;
    const char *message;
    int64_t next_ms;
    int64_t suppressed;
};

struct log_state {
    enum log_level level;
    int descriptor;
    int64_t dropped; /* lines, since the last that fitted */
    char worker[LOG_WORKER_BYTES];
    struct log_limit limits[LOG_LIMITS];
};

static struct mutex log_mutex = {PTHREAD_MUTEX_INITIALIZER};
static struct log_state the_log GUARDED_BY(log_mutex) = {.level = LOG_INFO, .descriptor = STDERR_FILENO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* A line under construction; `used` stops growing when the text is full. */
struct line {
    char text[LOG_LINE_BYTES];
    size_t used;
};

bool log_level_parse(const char *text, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level)
{
    mutex_lock(&log_mutex);
    the_log.level = level;
    mutex_unlock(&log_mutex);
}

void log_set_worker(const char *worker)
{
    mutex_lock(&log_mutex);
    snprintf(the_log.worker, sizeof the_log.worker, "%s", worker);
    mutex_unlock(&log_mutex);
}

void log_set_descriptor(int descriptor)
{
    mutex_lock(&log_mutex);
    the_log.descriptor = descriptor;
    mutex_unlock(&log_mutex);
}

static bool line_has_room(const struct line *line, size_t more)
{
    return line->used + more + LOG_TAIL_BYTES <= sizeof line->text;
}

static void line_put(struct line *line, const char *text, size_t length)
{
    if (line_has_room(line, length)) {
        memcpy(line->text + line->used, text, length);
        line->used += length;
    }
}

static void line_put_text(struct line *line, const char *text)
{
    line_put(line, text, strlen(text));
}

/* The least and greatest second byte after `first`: what keeps out surrogates, overlong forms and values
 * above U+10FFFF (Unicode, table 3-7). */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char greatest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= greatest;
}

/* The length of the well-formed UTF-8 character at `at`, or 0. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80) {
        return 1;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    size_t length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (left < length || !second_byte_fits(at[0], at[1])) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* A JSON string. Control bytes are escaped and bytes that are not UTF-8 become U+FFFD, so that no text can
 * forge a line. */
static void line_put_string(struct line *line, struct slice text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    line_put_text(line, "\"");
    for (size_t i = 0; i < text.length && line_has_room(line, 8);) {
        size_t length = utf8_length(at + i, text.length - i);
        char escape[8];
        if (length == 0) {
            line_put_text(line, "\xef\xbf\xbd");
            i++;
            continue;
        }
        if (at[i] == '"' || at[i] == '\\') {
            snprintf(escape, sizeof escape, "\\%c", at[i]);
            line_put_text(line, escape);
        } else if (at[i] < 0x20 || at[i] == 0x7f) {
            snprintf(escape, sizeof escape, "\\u%04x", at[i]);
            line_put_text(line, escape);
        } else if (at[i] == 0xc2 && at[i + 1] < 0xa0) { /* U+0080 to U+009F: terminals obey them too */
            snprintf(escape, sizeof escape, "\\u%04x", at[i + 1]);
            line_put_text(line, escape);
        } else {
            line_put(line, text.at + i, length);
        }
        i += length;
    }
    line->text[line->used++] = '"'; /* LOG_TAIL_BYTES keeps this room */
}

static void line_put_name(struct line *line, const char *name)
{
    line_put_text(line, line->used == 1 ? "\"" : ",\"");
    line_put_text(line, name);
    line_put_text(line, "\":");
}

static void line_put_text_field(struct line *line, const char *name, struct slice text)
{
    if (line_has_room(line, strlen(name) + 16)) {
        line_put_name(line, name);
        line_put_string(line, text);
    }
}

static void line_put_number_field(struct line *line, const char *name, int64_t number)
{
    if (line_has_room(line, strlen(name) + 32)) {
        char digits[24];
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        line_put_name(line, name);
        line_put_text(line, digits);
    }
}

/* Writes what the descriptor takes at once; false when it would block or is gone. */
static bool write_without_blocking(int descriptor, const char *text, size_t length)
{
    struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
        return false;
    }
    return write(descriptor, text, length) == (ssize_t)length;
}

static void write_line(enum log_level level, const char *component, const char *message,
                       const struct log_field *fields, int64_t suppressed) REQUIRES(log_mutex)
{
    struct line line = {.used = 0};
    char now[CLOCK_ISO_BYTES];
    clock_format_iso(clock_wall_ms(clock_real()), now);
    line_put_text(&line, "{");
    line_put_text_field(&line, "ts", slice_of_text(now));
    line_put_text_field(&line, "level", slice_of_text(level_names[level]));
    line_put_text_field(&line, "msg", slice_of_text(message));
    line_put_text_field(&line, "component", slice_of_text(component));
    if (the_log.worker[0] != '\0') {
        line_put_text_field(&line, "worker", slice_of_text(the_log.worker));
    }
    if (suppressed > 0) {
        line_put_number_field(&line, "suppressed", suppressed);
    }
    if (the_log.dropped > 0) {
        line_put_number_field(&line, "dropped", the_log.dropped);
    }
    for (const struct log_field *field = fields; field->kind != LOG_KIND_END; field++) {
        if (field->kind == LOG_KIND_NUMBER) {
            line_put_number_field(&line, field->name, field->number);
        } else {
            line_put_text_field(&line, field->name, field->text);
        }
    }
    line.text[line.used++] = '}';
    line.text[line.used++] = '\n';
    if (write_without_blocking(the_log.descriptor, line.text, line.used)) {
        the_log.dropped = 0;
    } else {
        the_log.dropped++;
    }
}

void log_write_fields(enum log_level level, const char *component, const char *message,
                      const struct log_field *fields)
{
    mutex_lock(&log_mutex);
    if (level >= the_log.level) {
        write_line(level, component, message, fields, 0);
    }
    mutex_unlock(&log_mutex);
}

/* The entry of this message; a full table gives the one that has been quiet for longest. */
static struct log_limit *find_limit(const char *component, const char *message) REQUIRES(log_mutex)
{
    struct log_limit *oldest = &the_log.limits[0];
    for (size_t i = 0; i < LOG_LIMITS; i++) {
        struct log_limit *limit = &the_log.limits[i];
        if (limit->message == NULL) {
            oldest = limit;
            break;
        }
        if (strcmp(limit->message, message) == 0 && strcmp(limit->component, component) == 0) {
            return limit;
        }
        if (limit->next_ms < oldest->next_ms) {
            oldest = limit;
        }
    }
    *oldest = (struct log_limit){.component = component, .message = message};
    return oldest;
}

void log_write_limited_fields(int64_t interval_ms, enum log_level level, const char *component,
                              const char *message, const struct log_field *fields)
{
    int64_t now_ms = clock_boot_ms(clock_real());
    mutex_lock(&log_mutex);
    if (level >= the_log.level) {
        struct log_limit *limit = find_limit(component, message);
        if (now_ms >= limit->next_ms) {
            write_line(level, component, message, fields, limit->suppressed);
            limit->next_ms = now_ms + interval_ms;
            limit->suppressed = 0;
        } else {
            limit->suppressed++;
        }
    }
    mutex_unlock(&log_mutex);
}
