#include "aws/container_host.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The pieces of a URI, borrowed from it. */
struct uri {
    bool is_https;
    struct slice host; /* without brackets */
    bool is_bracketed;
    struct slice port; /* ":8080" or empty */
    const char *rest; /* path and query */
};

static struct status real_resolve(void *context, const char *host, struct sockaddr_storage *addresses,
                                  size_t capacity, size_t *ret_count)
{
    (void)context;
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int failure = getaddrinfo(host, NULL, &hints, &list);
    if (failure != 0) {
        return status_make(STATUS_UNAVAILABLE, "cannot resolve '%.100s': %s", host, gai_strerror(failure));
    }
    size_t count = 0;
    bool fits = true;
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        fits = fits && count < capacity && at->ai_addrlen <= sizeof(addresses[0]);
        if (fits) {
            memcpy(&addresses[count++], at->ai_addr, at->ai_addrlen);
        }
    }
    freeaddrinfo(list);
    if (!fits || count == 0) {
        return status_make(STATUS_UNAVAILABLE, "'%.100s' has %s", host,
                           fits ? "no address" : "too many addresses");
    }
    *ret_count = count;
    return status_ok();
}

const struct host_resolver *host_resolver_real(void)
{
    static const struct host_resolver real = {.resolve = real_resolve};
    return &real;
}

static bool is_in_addr_allowed(const struct in_addr *address)
{
    uint32_t bits = ntohl(address->s_addr);
    return bits >> 24 == 127 || bits == 0xa9feaa02U /* 169.254.170.2 */ ||
           bits == 0xa9feaa17U /* 169.254.170.23 */;
}

static bool is_in6_addr_allowed(const struct in6_addr *address)
{
    static const uint8_t pod_identity[16] = {0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23};
    return IN6_IS_ADDR_LOOPBACK(address) || memcmp(address, pod_identity, sizeof(pod_identity)) == 0;
}

bool container_address_is_allowed(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return is_in_addr_allowed(&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return is_in6_addr_allowed(&v6.sin6_addr);
    }
    return false;
}

static bool is_port_valid(struct slice port)
{
    int64_t number = 0;
    return port.length == 0 ||
           (port.length > 1 && slice_parse_int64(slice_of(port.at + 1, port.length - 1), &number) &&
            number > 0 && number < 65536);
}

static bool is_host_valid(struct slice host, bool is_bracketed)
{
    const char *allowed = is_bracketed ? "0123456789abcdefABCDEF:."
                                       : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (size_t i = 0; i < host.length; i++) {
        if (strchr(allowed, host.at[i]) == NULL) {
            return false;
        }
    }
    return host.length > 0 && host.length < 255;
}

/* Cuts "host:port" or "[v6]:port"; anything else in it, such as a user name, fails the checks. */
static bool split_authority(struct slice authority, struct uri *uri)
{
    uri->is_bracketed = authority.length > 0 && authority.at[0] == '[';
    size_t start = uri->is_bracketed ? 1 : 0;
    size_t end = start;
    while (end < authority.length && authority.at[end] != (uri->is_bracketed ? ']' : ':')) {
        end++;
    }
    if (uri->is_bracketed && end == authority.length) {
        return false;
    }
    size_t after = uri->is_bracketed ? end + 1 : end;
    uri->host = slice_of(authority.at + start, end - start);
    uri->port = slice_of(authority.at + after, authority.length - after);
    if (uri->port.length > 0 && uri->port.at[0] != ':') {
        return false;
    }
    return is_host_valid(uri->host, uri->is_bracketed) && is_port_valid(uri->port);
}

static bool split(const char *text, struct uri *uri)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '\\') {
            return false;
        }
    }
    uri->is_https = strncasecmp(text, "https://", 8) == 0;
    if (!uri->is_https && strncasecmp(text, "http://", 7) != 0) {
        return false;
    }
    const char *authority = text + (uri->is_https ? 8 : 7);
    size_t authority_length = strcspn(authority, "/?#");
    uri->rest = authority + authority_length;
    return strchr(text, '#') == NULL && length < CONTAINER_URL_BYTES - 64 &&
           split_authority(slice_of(authority, authority_length), uri);
}

static void write_url(const struct uri *uri, const char *host, bool is_bracketed, char *target)
{
    (void)snprintf(target, CONTAINER_URL_BYTES, "%s://%s%s%s%.*s%s", uri->is_https ? "https" : "http",
                   is_bracketed ? "[" : "", host, is_bracketed ? "]" : "", (int)uri->port.length,
                   uri->port.length == 0 ? "" : uri->port.at, uri->rest);
}

static void write_address_url(const struct uri *uri, const struct sockaddr_storage *address,
                              struct container_target *target)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool is_v6 = address->ss_family == AF_INET6;
    const void *bits = is_v6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                             : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    (void)inet_ntop(address->ss_family, bits, text, sizeof(text)); /* cannot fail: the family is known */
    write_url(uri, text, is_v6, target->urls[target->url_count++]);
}

static struct status refuse(const char *host)
{
    return status_make(STATUS_DENIED,
                       "the host '%.80s' may not be asked over plain http: only loopback addresses, "
                       "169.254.170.2, 169.254.170.23 and fd00:ec2::23; use https for another",
                       host);
}

/* IPv4 first: a server for "localhost" often listens there only. */
static void write_all(const struct uri *uri, const struct sockaddr_storage *addresses, size_t count,
                      struct container_target *target)
{
    static const sa_family_t families[] = {AF_INET, AF_INET6};
    for (size_t f = 0; f < 2; f++) {
        for (size_t i = 0; i < count; i++) {
            if (addresses[i].ss_family == families[f]) {
                write_address_url(uri, &addresses[i], target);
            }
        }
    }
}

static struct status resolve_plain(const struct uri *uri, const char *host,
                                   const struct host_resolver *resolver, struct container_target *target)
{
    struct sockaddr_storage addresses[CONTAINER_ADDRESSES] = {0};
    size_t count = 0;
    TRY(resolver->resolve(resolver->context, host, addresses, CONTAINER_ADDRESSES, &count));
    for (size_t i = 0; i < count; i++) {
        if (!container_address_is_allowed((const struct sockaddr *)&addresses[i])) {
            return refuse(host);
        }
    }
    write_all(uri, addresses, count, target);
    (void)snprintf(target->host, sizeof(target->host), "%s%.255s%s%.*s", uri->is_bracketed ? "[" : "", host,
                   uri->is_bracketed ? "]" : "", (int)uri->port.length,
                   uri->port.length == 0 ? "" : uri->port.at);
    return target->url_count > 0 ? status_ok() : refuse(host);
}

struct status container_target_resolve(const char *uri_text, const struct host_resolver *resolver,
                                       struct container_target *ret_target)
{
    struct uri uri = {0};
    char host[CONTAINER_HOST_BYTES];
    if (!split(uri_text, &uri) || !slice_copy_text(uri.host, host, sizeof(host))) {
        return status_make(STATUS_INVALID, "the credentials URI is no 'http://host:port/path' or https");
    }
    ret_target->url_count = 0;
    ret_target->host[0] = '\0';
    if (uri.is_https) {
        write_url(&uri, host, uri.is_bracketed, ret_target->urls[ret_target->url_count++]);
        return status_ok();
    }
    return resolve_plain(&uri, host, resolver, ret_target);
}
