#include "sink/letter_text.h"

#include "aws/base64.h"
#include "aws/json.h"

/* The content without the newline that ends a line. */
static struct slice without_newline(struct slice content)
{
    if (content.length > 0 && content.at[content.length - 1] == '\n') {
        content.length--;
    }
    return content;
}

/* The length of the well-formed UTF-8 character at `at` that is no control character, or 0 (RFC 3629). */
static size_t character_length(const unsigned char *at, size_t left)
{
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t length = 0;
    if (at[0] >= 0x20 && at[0] < 0x80) {
        return 1;
    }
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        length = 2;
    } else if (at[0] >= 0xe0 && at[0] <= 0xef) {
        length = 3;
        low = at[0] == 0xe0 ? 0xa0 : 0x80; /* no longer form than needed */
        high = at[0] == 0xed ? 0x9f : 0xbf; /* no surrogates */
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        length = 4;
        low = at[0] == 0xf0 ? 0x90 : 0x80;
        high = at[0] == 0xf4 ? 0x8f : 0xbf;
    }
    if (length == 0 || left < length || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

static bool is_printable_utf8(struct slice text)
{
    for (size_t i = 0; i < text.length;) {
        size_t length = character_length((const unsigned char *)text.at + i, text.length - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static bool is_json_object(struct slice content)
{
    if (content.length == 0 || content.at[0] != '{' || !is_printable_utf8(content)) {
        return false;
    }
    cJSON *tree = NULL;
    struct status status = json_parse(content, &tree);
    if (!status_is_ok(&status)) {
        return false;
    }
    bool is_object = cJSON_IsObject(tree);
    cJSON_Delete(tree);
    return is_object;
}

static struct status append_base64(struct bytes *target, struct slice content)
{
    size_t length = base64_length(content.length);
    TRY(bytes_reserve(target, length));
    base64_encode((const unsigned char *)content.at, content.length, target->at + target->length);
    target->length += length;
    return status_ok();
}

static struct status append_content(struct bytes *target, const struct dead_letter *letter)
{
    struct slice bare = without_newline(letter->content);
    if (is_json_object(bare)) {
        TRY(bytes_append_text(target, ",\"content\":"));
        return bytes_append_slice(target, bare);
    }
    TRY(bytes_append_text(target, ",\"content_base64\":\""));
    TRY(append_base64(target, letter->content));
    return bytes_append_text(target, "\"");
}

static struct status append_member(struct bytes *target, const char *name, struct slice text)
{
    TRY(bytes_append_format(target, ",\"%s\":", name));
    return json_append_string(target, text);
}

struct status letter_text_append(struct bytes *target, const struct dead_letter *letter, const char *worker,
                                 int64_t wall_ms)
{
    char now[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, now);
    TRY(bytes_append_format(target, "{\"v\":1,\"ts\":\"%s\"", now));
    TRY(append_member(target, "worker", slice_of_text(worker)));
    TRY(append_member(target, "reason", slice_of_text(letter->reason)));
    TRY(append_member(target, "shard", slice_of_text(letter->shard)));
    if (letter->sequence_number.length == 0) {
        TRY(bytes_append_text(target, ",\"seq\":null"));
    } else {
        TRY(append_member(target, "seq", letter->sequence_number));
    }
    TRY(bytes_append_format(target, ",\"attempts\":%u,\"kind\":\"%s\"", letter->attempts,
                            letter->is_line ? "line" : "record"));
    TRY(append_content(target, letter));
    return bytes_append_text(target, "}\n");
}
