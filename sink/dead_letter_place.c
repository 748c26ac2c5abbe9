#include "sink/dead_letter_place.h"

static const char file_scheme[] = "file:";
static const char firehose_scheme[] = "firehose:";

enum { SHOWN = 80 };

static bool is_stream_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static struct status parse_stream(const char *text, struct dead_letter_place *place)
{
    size_t start = sizeof firehose_scheme - 1;
    const char *name = text + start;
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (!is_stream_character(name[i])) {
            return status_make(
                STATUS_INVALID,
                "'%.*s': a delivery stream's name has letters, digits and _.- only (character %zu)", SHOWN,
                text, start + i + 1);
        }
    }
    if (name[0] == '\0' || !slice_copy_text(slice_of_text(name), place->stream, sizeof place->stream)) {
        return status_make(STATUS_INVALID,
                           "'%.*s': a delivery stream's name has 1 to 64 characters (character %zu)", SHOWN,
                           text, start + 1);
    }
    place->kind = DEAD_LETTER_FIREHOSE;
    return status_ok();
}

struct status dead_letter_place_parse(const char *text, struct dead_letter_place *ret_place)
{
    struct dead_letter_place place = {.folder = NULL};
    if (strncmp(text, "s3:", 3) == 0) {
        place.kind = DEAD_LETTER_S3;
        TRY(s3_url_parse(text, &place.url));
    } else if (strncmp(text, firehose_scheme, sizeof firehose_scheme - 1) == 0) {
        TRY(parse_stream(text, &place));
    } else if (strncmp(text, file_scheme, sizeof file_scheme - 1) == 0) {
        place.kind = DEAD_LETTER_FILE;
        place.folder = text + sizeof file_scheme - 1;
        if (place.folder[0] == '\0') {
            return status_make(STATUS_INVALID, "'%s': a folder's name is missing (character %zu)", text,
                               sizeof file_scheme);
        }
    } else {
        return status_make(STATUS_INVALID,
                           "'%.*s' begins with none of s3://, firehose: and file: (character 1)", SHOWN,
                           text);
    }
    *ret_place = place;
    return status_ok();
}
