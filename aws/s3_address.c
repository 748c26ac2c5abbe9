#include "aws/s3_address.h"

static bool is_plain(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static struct status append_encoded(struct bytes *target, struct slice text, bool keep_slashes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        bool plain = is_plain(text.at[i]) || (keep_slashes && text.at[i] == '/');
        TRY(bytes_append(target, plain ? &text.at[i] : escape, plain ? 1 : 3));
    }
    return status_ok();
}

struct status s3_address_append_value(struct bytes *target, struct slice text)
{
    return append_encoded(target, text, false);
}

struct status s3_address_append(const struct s3_address *address, struct bytes *target)
{
    const char *host = strstr(address->endpoint, "://");
    if (host == NULL) {
        return status_make(STATUS_INVALID, "the endpoint '%.100s' is no URL", address->endpoint);
    }
    host += strlen("://");
    if (address->path_style || strchr(address->bucket, '.') != NULL) {
        TRY(bytes_append_format(target, "%s/%s", address->endpoint, address->bucket));
    } else {
        TRY(bytes_append(target, address->endpoint, (size_t)(host - address->endpoint)));
        TRY(bytes_append_format(target, "%s.%s", address->bucket, host));
    }
    TRY(bytes_append_text(target, "/"));
    TRY(append_encoded(target, address->key, true));
    if (address->query == NULL) {
        return status_ok();
    }
    TRY(bytes_append_text(target, "?"));
    return bytes_append_text(target, address->query);
}
