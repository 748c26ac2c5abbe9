#include "aws/s3_list.h"

#include "aws/xml.h"

static const char result_tag[] = "<ListBucketResult";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Keys come URL-encoded, '+' for a space, so that XML can carry every character. In place. */
static bool decode_url(char *text)
{
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '%') {
            *out++ = *at == '+' ? ' ' : *at;
            continue;
        }
        int high = hex_value(at[1]);
        int low = high < 0 ? -1 : hex_value(at[2]);
        if (low < 0 || (high == 0 && low == 0)) {
            return false;
        }
        *out++ = (char)(high * 16 + low);
        at += 2;
    }
    *out = '\0';
    return true;
}

struct status s3_list_begin(struct slice document, struct s3_list *ret_list)
{
    struct s3_list list = {.rest = document, .token = ""};
    if (document.length == 0 ||
        memmem(document.at, document.length, result_tag, sizeof result_tag - 1) == NULL) {
        return status_make(STATUS_CORRUPT, "the reply of ListObjectsV2 is no list");
    }
    list.truncated = slice_equals_text(xml_text(document, "IsTruncated"), "true");
    if (list.truncated && (!xml_copy_text(document, "NextContinuationToken", list.token, sizeof list.token) ||
                           list.token[0] == '\0')) {
        return status_make(STATUS_CORRUPT, "the reply of ListObjectsV2 goes on without a token");
    }
    *ret_list = list;
    return status_ok();
}

/* A key may be three times as long encoded. */
static bool copy_key(struct slice entry, char key[S3_KEY_BYTES])
{
    char encoded[S3_KEY_BYTES * 3];
    return xml_copy_text(entry, "Key", encoded, sizeof encoded) && decode_url(encoded) &&
           slice_copy_text(slice_of_text(encoded), key, S3_KEY_BYTES) && key[0] != '\0';
}

struct status s3_list_next(struct s3_list *list, struct s3_entry *ret_entry, bool *ret_more)
{
    struct s3_entry entry = {.size = 0};
    struct slice text = xml_text(list->rest, "Contents");
    *ret_more = text.at != NULL;
    if (text.at == NULL) {
        return status_ok();
    }
    if (!copy_key(text, entry.key) || !slice_parse_int64(xml_text(text, "Size"), &entry.size) ||
        entry.size < 0 || !xml_copy_text(text, "LastModified", entry.modified, sizeof entry.modified)) {
        return status_make(STATUS_CORRUPT,
                           "the reply of ListObjectsV2 has an object without key, size or time");
    }
    const char *end = text.at + text.length;
    list->rest = slice_of(end, list->rest.length - (size_t)(end - list->rest.at));
    *ret_entry = entry;
    return status_ok();
}
