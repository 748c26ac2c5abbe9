#include "tests/support/faultd/wire.h"

#include <errno.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

enum { TLS_HANDSHAKE = 0x16, TLS_WRITE_MOST = 1 << 30 };

struct status wire_load(const char *path, struct ssl_ctx_st **ret_context)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate_chain_file(context, path) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(context);
        return status_make(STATUS_INVALID, "no certificate with its key in '%.200s'", path);
    }
    *ret_context = context;
    return status_ok();
}

void wire_unload(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

bool wire_open(struct wire *wire, int descriptor, struct ssl_ctx_st *context)
{
    unsigned char first = 0;
    *wire = (struct wire){.descriptor = descriptor};
    if (context == NULL) {
        return true;
    }
    ssize_t got;
    while ((got = recv(descriptor, &first, 1, MSG_PEEK)) < 0 && errno == EINTR) {
    }
    if (got != 1 || first != TLS_HANDSHAKE) {
        return got == 1;
    }
    wire->tls = SSL_new(context);
    return wire->tls != NULL && SSL_set_fd(wire->tls, descriptor) == 1 && SSL_accept(wire->tls) == 1;
}

ssize_t wire_receive(struct wire *wire, char *target, size_t size)
{
    if (wire->tls == NULL) {
        return recv(wire->descriptor, target, size, 0);
    }
    int got = SSL_read(wire->tls, target, size > INT_MAX ? INT_MAX : (int)size);
    return got > 0 ? got : 0;
}

static bool send_plain(int descriptor, struct iovec *parts, int count)
{
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return false;
        }
        while (count > 0 && (size_t)sent >= parts->iov_len) {
            sent -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return true;
}

static bool send_tls(struct ssl_st *tls, const struct iovec *part)
{
    const char *at = part->iov_base;
    size_t left = part->iov_len;
    while (left > 0) {
        int sent = SSL_write(tls, at, left > TLS_WRITE_MOST ? TLS_WRITE_MOST : (int)left);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        left -= (size_t)sent;
    }
    return true;
}

bool wire_send(struct wire *wire, struct iovec *parts, int count)
{
    if (wire->tls == NULL) {
        return send_plain(wire->descriptor, parts, count);
    }
    for (int i = 0; i < count; i++) {
        if (!send_tls(wire->tls, &parts[i])) {
            return false;
        }
    }
    return true;
}

void wire_close(struct wire *wire)
{
    if (wire->tls != NULL) {
        (void)SSL_shutdown(wire->tls);
        SSL_free(wire->tls);
        wire->tls = NULL;
    }
}
