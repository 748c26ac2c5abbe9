#include "aws/s3_url.h"

#include <stdio.h>

static const char scheme[] = "s3://";

enum { SCHEME_LENGTH = sizeof scheme - 1, BUCKET_LEAST = 3, BUCKET_MOST = 63, SHOWN = 80 };

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct status wrong(const char *text, size_t at, const char *why)
{
    return status_make(STATUS_INVALID, "'%.*s': %s (character %zu)", SHOWN, text, why, at + 1);
}

/* Four numbers. */
static bool looks_like_address(struct slice name)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.length; i++) {
        if (name.at[i] != '.' && !(name.at[i] >= '0' && name.at[i] <= '9')) {
            return false;
        }
        dots += name.at[i] == '.';
    }
    return dots == 3;
}

static struct status check_bucket(const char *text, struct slice bucket)
{
    for (size_t i = 0; i < bucket.length; i++) {
        char c = bucket.at[i];
        if (!is_lower_or_digit(c) && c != '-' && c != '.') {
            return wrong(text, SCHEME_LENGTH + i,
                         "a bucket's name has small letters, digits, '-' and '.' only");
        }
        bool edge = i == 0 || i + 1 == bucket.length || bucket.at[i - 1] == '.';
        if (edge && !is_lower_or_digit(c)) {
            return wrong(text, SCHEME_LENGTH + i,
                         "each part of a bucket's name begins and ends with a small letter or a digit");
        }
    }
    if (bucket.length < BUCKET_LEAST || bucket.length > BUCKET_MOST) {
        return wrong(text, SCHEME_LENGTH, "a bucket's name has 3 to 63 characters");
    }
    return looks_like_address(bucket) ? wrong(text, SCHEME_LENGTH, "a bucket's name is no IP address")
                                      : status_ok();
}

static bool is_safe(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || strchr("!-_.*'()=", c) != NULL;
}

static bool is_dots(const char *segment, size_t length)
{
    return (length == 1 && segment[0] == '.') || (length == 2 && segment[0] == '.' && segment[1] == '.');
}

static struct status check_prefix(const char *text, struct slice prefix)
{
    size_t from = (size_t)(prefix.at - text);
    size_t segment = 0; /* its first character */
    for (size_t i = 0; i <= prefix.length; i++) {
        bool ends = i == prefix.length || prefix.at[i] == '/';
        if (!ends && !is_safe(prefix.at[i])) {
            return wrong(text, from + i,
                         "a prefix has letters, digits and !-_.*'()= in segments parted by '/'");
        }
        if (ends && (i == segment || is_dots(prefix.at + segment, i - segment))) {
            return wrong(text, from + segment, "a prefix has no segments that are empty, '.' or '..'");
        }
        segment = ends ? i + 1 : segment;
    }
    if (prefix.length >= S3_PREFIX_BYTES) {
        return wrong(text, from + S3_PREFIX_BYTES - 1, "a prefix has 512 characters at most");
    }
    return status_ok();
}

struct status s3_url_parse(const char *text, struct s3_url *ret_url)
{
    struct s3_url url = {.prefix = ""};
    size_t same = 0;
    while (same < SCHEME_LENGTH && text[same] == scheme[same]) {
        same++;
    }
    if (same < SCHEME_LENGTH) {
        return wrong(text, same, "a place in S3 begins with s3://");
    }
    struct slice bucket = slice_of(text + SCHEME_LENGTH, strcspn(text + SCHEME_LENGTH, "/"));
    TRY(check_bucket(text, bucket));
    const char *rest = bucket.at + bucket.length;
    struct slice prefix = slice_of_text(*rest == '/' ? rest + 1 : rest);
    if (prefix.length > 0 && prefix.at[prefix.length - 1] == '/') {
        prefix.length--;
    }
    if (prefix.length > 0) {
        TRY(check_prefix(text, prefix));
    } else if (*rest == '/' && rest[1] == '/') {
        return wrong(text, (size_t)(rest + 1 - text), "a prefix has no segments that are empty, '.' or '..'");
    }
    if (!slice_copy_text(bucket, url.bucket, sizeof url.bucket) ||
        !slice_copy_text(prefix, url.prefix, sizeof url.prefix)) {
        return wrong(text, 0, "it is too long");
    }
    *ret_url = url;
    return status_ok();
}

void s3_url_format(const struct s3_url *url, char *target, size_t size)
{
    (void)snprintf(target, size, "s3://%s%s%s", url->bucket, url->prefix[0] == '\0' ? "" : "/", url->prefix);
}
