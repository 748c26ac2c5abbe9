#include "sink/letter_text.h"

#include "aws/base64.h"
#include "aws/json.h"
#include "sink/letter_facts.h"

/* The content without the newline that ends a line. */
static struct slice without_newline(struct slice content)
{
    if (content.length > 0 && content.at[content.length - 1] == '\n') {
        content.length--;
    }
    return content;
}

/* The well-formed characters of UTF-8 by their first byte (RFC 3629, section 4): no longer form than needed,
 * no surrogates, nothing above U+10FFFF. Control characters are left out. */
struct character_form {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    unsigned char length;
};

static const struct character_form character_forms[] = {
    {0x20, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool has_form(const struct character_form *form, const unsigned char *at, size_t left)
{
    if (at[0] < form->first_low || at[0] > form->first_high || left < form->length) {
        return false;
    }
    if (form->length > 1 && (at[1] < form->second_low || at[1] > form->second_high)) {
        return false;
    }
    for (size_t i = 2; i < form->length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* The length of the character at `at`, or 0 when it has none of the forms. */
static size_t character_length(const unsigned char *at, size_t left)
{
    for (size_t i = 0; i < sizeof character_forms / sizeof character_forms[0]; i++) {
        if (has_form(&character_forms[i], at, left)) {
            return character_forms[i].length;
        }
    }
    return 0;
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

/* Of a line that says its number itself, that one. */
static struct status append_sequence(struct bytes *target, const struct dead_letter *letter)
{
    struct slice sequence = letter->sequence_number;
    struct letter_facts facts = {.sequence = ""};
    if (sequence.length == 0 && letter->is_line) {
        facts = letter_facts_of(letter->content);
        sequence = slice_of_text(facts.sequence);
    }
    return sequence.length == 0 ? bytes_append_text(target, ",\"seq\":null")
                                : append_member(target, "seq", sequence);
}

/* All but the content. */
static struct status append_head(struct bytes *target, const struct dead_letter *letter,
                                 const struct letter_stamp *stamp)
{
    char now[CLOCK_ISO_BYTES];
    char first[CLOCK_ISO_BYTES];
    clock_format_iso(stamp->wall_ms, now);
    clock_format_iso(letter->first_wall_ms > 0 ? letter->first_wall_ms : stamp->wall_ms, first);
    TRY(bytes_append_format(target, "{\"v\":1,\"ts\":\"%s\",\"first_ts\":\"%s\"", now, first));
    TRY(append_member(target, "worker", slice_of_text(stamp->worker)));
    TRY(append_member(target, "table", slice_of_text(stamp->table)));
    TRY(append_member(target, "reason", slice_of_text(letter->reason)));
    TRY(append_member(target, "shard", slice_of_text(letter->shard)));
    TRY(append_sequence(target, letter));
    return bytes_append_format(target, ",\"attempts\":%u,\"kind\":\"%s\"", letter->attempts,
                               letter->is_line ? "line" : "record");
}

struct status letter_text_append(struct bytes *target, const struct dead_letter *letter,
                                 const struct letter_stamp *stamp)
{
    TRY(append_head(target, letter, stamp));
    TRY(append_content(target, letter));
    return bytes_append_text(target, "}\n");
}

struct status letter_text_append_part(struct bytes *target, const struct dead_letter *letter,
                                      const struct letter_stamp *stamp, const struct letter_part *part)
{
    TRY(append_head(target, letter, stamp));
    TRY(bytes_append_format(target, ",\"part\":%u,\"parts\":%u,\"content_base64\":\"", part->part,
                            part->parts));
    TRY(append_base64(target, part->piece));
    return bytes_append_text(target, "\"}\n");
}
