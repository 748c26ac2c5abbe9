#include "aws/http_url.h"

static bool text_is_printable(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool slice_ends_with(struct slice whole, const char *end)
{
    size_t length = strlen(end);
    return whole.length >= length && memcmp(whole.at + whole.length - length, end, length) == 0;
}

/* How long "http://" or "https://" at the start is; 0 when neither is there. */
static size_t scheme_length(struct slice url)
{
    if (slice_starts_with(url, "https://")) {
        return strlen("https://");
    }
    return slice_starts_with(url, "http://") ? strlen("http://") : 0;
}

/* Path and query of what stands behind the host. */
static void split_rest(const char *rest, struct http_url *parts)
{
    size_t path_length = strcspn(rest, "?#");
    parts->path = path_length == 0 ? slice_of_text("/") : slice_of(rest, path_length);
    rest += path_length;
    if (rest[0] == '?') {
        parts->query = slice_of(rest + 1, strcspn(rest + 1, "#"));
    }
}

struct status http_url_parse(const char *url, struct http_url *ret_url)
{
    const char *shown = strchr(url, '@') == NULL ? url : "(one with '@', which may hold a password)";
    size_t scheme = scheme_length(slice_of_text(url));
    if (scheme == 0) {
        return status_make(STATUS_INVALID, "'%.100s' is no http:// or https:// URL", shown);
    }
    if (!text_is_printable(slice_of_text(url))) {
        return status_make(STATUS_INVALID, "the URL '%.100s' holds blanks or control characters", shown);
    }
    const char *host = url + scheme;
    size_t host_length = strcspn(host, "/?#");
    struct http_url parts = {.origin = slice_of(url, scheme + host_length),
                             .authority = slice_of(host, host_length)};
    if (host_length == 0 || host[0] == ':' || parts.origin.length >= HTTP_ORIGIN_BYTES) {
        return status_make(STATUS_INVALID, "the URL '%.100s' has no host name, or too long a one", shown);
    }
    if (memchr(host, '@', host_length) != NULL) {
        return status_make(STATUS_INVALID, "a URL with a user name or password is not supported");
    }
    const char *port = scheme == strlen("https://") ? ":443" : ":80";
    if (slice_ends_with(parts.authority, port)) {
        parts.authority.length -= strlen(port);
    }
    split_rest(host + host_length, &parts);
    *ret_url = parts;
    return status_ok();
}
