/* Dead letters in a delivery stream of their own. */
#include <stdio.h>
#include <stdlib.h>

#include "aws/firehose.h"
#include "sink/dead_letter_place.h"
#include "sink/letter_store.h"

/* A part's content before base64: with its frame, and a reason of any length, far below a record. */
enum { PART_BYTES = 720 * 1000 };

struct letter_firehose {
    struct letter_store store; /* first: the two share their address */
    struct aws_client *client;
    char stream[DEAD_LETTER_STREAM_BYTES];
};

/* One record; it is there when this returns OK. */
static struct status put_record(const struct letter_firehose *self, struct slice text, struct bytes *body,
                                struct stop *cancel)
{
    const struct put_limits limits = {.cancel = cancel};
    enum put_verdict verdict = PUT_FAILED;
    char code[AWS_ERROR_CODE_BYTES] = "";
    struct aws_reply reply = {.attempts = 0};
    TRY(firehose_body_begin(body, self->stream));
    TRY(firehose_body_add(body, &text, 1));
    TRY(firehose_body_end(body));
    struct status status =
        firehose_put_record_batch(self->client, bytes_slice(body), 1, &limits, &reply, &verdict, code);
    aws_reply_free(&reply);
    if (status_is_ok(&status) && verdict != PUT_ACCEPTED) {
        return status_make(STATUS_THROTTLED, "Firehose '%s' failed the record: %s", self->stream, code);
    }
    return status_prefix(status, "--dead-letter firehose:%s", self->stream);
}

static struct status put_parts(const struct letter_firehose *self, const struct dead_letter *letter,
                               const struct letter_stamp *stamp, struct bytes *body, struct stop *cancel)
{
    uint32_t parts = (uint32_t)((letter->content.length + PART_BYTES - 1) / PART_BYTES);
    struct bytes text;
    struct status status = status_ok();
    bytes_init(&text, FIREHOSE_RECORD_BYTES);
    for (uint32_t i = 0; i < parts && status_is_ok(&status); i++) {
        size_t start = (size_t)i * PART_BYTES;
        size_t left = letter->content.length - start;
        const struct letter_part part = {
            i + 1, parts, slice_of(letter->content.at + start, left < PART_BYTES ? left : PART_BYTES)};
        bytes_clear(&text);
        status = letter_text_append_part(&text, letter, stamp, &part);
        if (status_is_ok(&status)) {
            status = put_record(self, bytes_slice(&text), body, cancel);
        }
    }
    bytes_free(&text);
    return status;
}

static struct status store(struct letter_store *store, const struct dead_letter *letter,
                           const struct letter_stamp *stamp, struct stop *cancel)
{
    const struct letter_firehose *self = (const struct letter_firehose *)store;
    struct bytes text;
    struct bytes body;
    bytes_init(&text, LETTER_CEILING);
    bytes_init(&body, FIREHOSE_REQUEST_BYTES);
    struct status status = letter_text_append(&text, letter, stamp);
    if (status_is_ok(&status)) {
        status = text.length <= FIREHOSE_RECORD_BYTES ? put_record(self, bytes_slice(&text), &body, cancel)
                                                      : put_parts(self, letter, stamp, &body, cancel);
    }
    bytes_free(&body);
    bytes_free(&text);
    return status;
}

static void close_store(struct letter_store *store)
{
    free(store);
}

struct status letter_firehose_open(struct aws_client *client, const char *stream,
                                   struct letter_store **ret_store)
{
    struct letter_firehose *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return status_no_memory("the dead letters in a delivery stream", sizeof *self);
    }
    self->store = (struct letter_store){.store = store, .close = close_store};
    self->client = client;
    (void)snprintf(self->stream, sizeof self->stream, "%s", stream);
    *ret_store = &self->store;
    return status_ok();
}
