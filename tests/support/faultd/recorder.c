#include "tests/support/faultd/recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/faultd/base64.h"
#include "tests/support/faultd/tree.h"

enum { LINE_BYTES = 48 * 1024 * 1024, TEXT_BYTES = 16 * 1024 * 1024 };

struct status recorder_open(struct recorder *recorder, const char *path, int64_t most_bytes)
{
    *recorder = (struct recorder){.left = most_bytes};
    mutex_init(&recorder->lock);
    int descriptor = -1;
    if (path != NULL) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (descriptor < 0) {
            return status_make(STATUS_IO, "cannot open the recording '%s'", path);
        }
    }
    mutex_lock(&recorder->lock);
    recorder->descriptor = descriptor;
    mutex_unlock(&recorder->lock);
    return status_ok();
}

void recorder_close(struct recorder *recorder)
{
    mutex_lock(&recorder->lock);
    if (recorder->descriptor >= 0) {
        close(recorder->descriptor);
        recorder->descriptor = -1;
    }
    mutex_unlock(&recorder->lock);
    mutex_destroy(&recorder->lock);
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none (or a NUL, which cJSON cannot hold). */
static size_t character_length(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80   ? 1
                    : at[0] < 0xC2 ? 0
                    : at[0] < 0xE0 ? 2
                    : at[0] < 0xF0 ? 3
                    : at[0] < 0xF5 ? 4
                                   : 0;
    if (length == 0 || length > left || at[0] == '\0') {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool surrogate = at[0] == 0xED && at[1] >= 0xA0, overlong = at[0] == 0xE0 && at[1] < 0xA0;
    bool outside = (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] >= 0x90);
    return surrogate || overlong || outside ? 0 : length;
}

static bool is_text(struct slice body)
{
    size_t at = 0, length = 1;
    while (at < body.length && length > 0) {
        length = character_length((const unsigned char *)body.at + at, body.length - at);
        at += length;
    }
    return at >= body.length;
}

/* As a JSON string when it is UTF-8 text (which cJSON copies as it is), else in base64 under another name. */
static void add_body(cJSON *line, const char *name, struct slice body)
{
    char other[32];
    struct bytes copy;
    const char *text = NULL;
    bytes_init(&copy, TEXT_BYTES * 2);
    bool plain = is_text(body) && body.length <= TEXT_BYTES;
    struct status status = status_ok();
    if (plain) {
        status = bytes_append_slice(&copy, body);
    } else if (body.length > TEXT_BYTES || !base64_encode(body, &copy)) {
        snprintf(other, sizeof other, "%s_truncated", name);
        tree_add_bool(line, other, true);
    }
    if (status_is_ok(&status)) {
        status = bytes_terminate(&copy, &text);
    }
    snprintf(other, sizeof other, "%s_base64", name);
    if (status_is_ok(&status)) {
        tree_add_text(line, plain ? name : other, text);
    }
    bytes_free(&copy);
}

static void add_headers(cJSON *line, const struct request *request)
{
    cJSON *headers = tree_attach(line, "headers", cJSON_CreateObject());
    for (size_t i = 0; i < request->header_count; i++) {
        char name[128], value[2048];
        const struct header *header = &request->headers[i];
        bool secret =
            header->name.length == 20 && strncasecmp(header->name.at, "x-amz-security-token", 20) == 0;
        if (slice_copy_text(header->name, name, sizeof name) &&
            slice_copy_text(header->value, value, sizeof value)) {
            tree_add_text(headers, name, secret ? "(left out)" : value);
        }
    }
}

static cJSON *make_line(const struct request *request, const struct reply *reply,
                        const struct delivery *delivery)
{
    cJSON *line = cJSON_CreateObject();
    char text[1024];
    tree_add_number(line, "ms", (double)clock_wall_ms(clock_real()));
    tree_add_text(line, "service", service_name(request->service));
    tree_add_text(line, "operation", request->operation);
    if (slice_copy_text(request->method, text, sizeof text)) {
        tree_add_text(line, "method", text);
    }
    if (slice_copy_text(request->path, text, sizeof text)) {
        tree_add_text(line, "path", text);
    }
    if (request->query.length > 0 && slice_copy_text(request->query, text, sizeof text)) {
        tree_add_text(line, "query", text);
    }
    add_headers(line, request);
    add_body(line, "body", request->body);
    if (delivery->fault != NULL) {
        tree_add_text(line, "fault", delivery->fault);
    }
    tree_add_bool(line, "upstream", delivery->foreign_reply);
    if (!delivery->drop && !delivery->reset) {
        tree_add_integer(line, "status", (uint64_t)reply->status);
        tree_add_text(line, "reply_type", reply->content_type);
        tree_add_text(line, "request_id", reply->request_id);
        add_body(line, "reply", bytes_slice(&reply->body));
    }
    return line;
}

static void write_line(struct recorder *recorder, const char *text, size_t length) REQUIRES(recorder->lock)
{
    while (length > 0) {
        ssize_t written = write(recorder->descriptor, text, length);
        if (written <= 0) {
            recorder->dropped++;
            return;
        }
        text += written;
        length -= (size_t)written;
    }
    recorder->written++;
}

void recorder_write(struct recorder *recorder, const struct request *request, const struct reply *reply,
                    const struct delivery *delivery)
{
    mutex_lock(&recorder->lock);
    bool wanted = recorder->descriptor >= 0;
    mutex_unlock(&recorder->lock);
    if (!wanted) {
        return;
    }
    cJSON *line = make_line(request, reply, delivery);
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    size_t length = text == NULL ? 0 : strlen(text);
    mutex_lock(&recorder->lock);
    if (length == 0 || length >= LINE_BYTES || (int64_t)length + 1 > recorder->left) {
        recorder->dropped++;
    } else {
        text[length] = '\n'; /* in place of the NUL */
        recorder->left -= (int64_t)length + 1;
        write_line(recorder, text, length + 1);
    }
    mutex_unlock(&recorder->lock);
    cJSON_free(text);
}

cJSON *recorder_report(struct recorder *recorder)
{
    cJSON *report = cJSON_CreateObject();
    mutex_lock(&recorder->lock);
    tree_add_integer(report, "written", recorder->written);
    tree_add_integer(report, "dropped", recorder->dropped);
    mutex_unlock(&recorder->lock);
    return report;
}
