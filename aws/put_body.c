#include "aws/put_body.h"

#include "aws/base64.h"

enum { RECORD_FRAME_BYTES = sizeof ",{\"Data\":\"\"" - 1 };

/* Base64 over pieces as if they were one: what is over a multiple of three bytes waits for the next piece. */
struct joiner {
    char *target;
    unsigned char waiting[3];
    size_t waiting_count;
};

static void join_piece(struct joiner *joiner, struct slice piece)
{
    while (joiner->waiting_count > 0 && piece.length > 0) {
        joiner->waiting[joiner->waiting_count++] = (unsigned char)piece.at[0];
        piece = slice_of(piece.at + 1, piece.length - 1);
        if (joiner->waiting_count == 3) {
            base64_encode(joiner->waiting, 3, joiner->target);
            joiner->target += 4;
            joiner->waiting_count = 0;
        }
    }
    size_t whole = piece.length / 3 * 3;
    base64_encode((const unsigned char *)piece.at, whole, joiner->target);
    joiner->target += whole / 3 * 4;
    for (size_t i = whole; i < piece.length; i++) {
        joiner->waiting[joiner->waiting_count++] = (unsigned char)piece.at[i];
    }
}

struct status put_body_open_record(struct bytes *body, const struct slice *pieces, size_t count, size_t tail)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += pieces[i].length;
    }
    size_t encoded = base64_length(total);
    TRY(bytes_reserve(body, RECORD_FRAME_BYTES + encoded + tail));
    TRY(bytes_append_text(body, body->at[body->length - 1] == '[' ? "{\"Data\":\"" : ",{\"Data\":\""));
    struct joiner joiner = {.target = body->at + body->length};
    for (size_t i = 0; i < count; i++) {
        join_piece(&joiner, pieces[i]);
    }
    base64_encode(joiner.waiting, joiner.waiting_count, joiner.target);
    body->length += encoded;
    return bytes_append_text(body, "\"");
}
