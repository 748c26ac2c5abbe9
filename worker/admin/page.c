#include "worker/admin/page.h"

#include <stdio.h>

#include "aws/base64.h"
#include "aws/crypto.h"

enum { HASH_TEXT_BYTES = 64 };

extern const unsigned char admin_page[]; /* made at build from worker/admin/page.html */
extern const size_t admin_page_bytes;

/* 'sha256-...' of what stands between the tags, or 'none'. */
static void hash_element(struct slice html, const char *open, const char *close, char text[HASH_TEXT_BYTES])
{
    snprintf(text, HASH_TEXT_BYTES, "'none'");
    const char *begin = memmem(html.at, html.length, open, strlen(open));
    if (begin == NULL) {
        return;
    }
    begin += strlen(open);
    const char *end = memmem(begin, html.length - (size_t)(begin - html.at), close, strlen(close));
    unsigned char digest[CRYPTO_SHA256_BYTES];
    if (end == NULL) {
        return;
    }
    struct status status = crypto_sha256(slice_of(begin, (size_t)(end - begin)), digest);
    if (status_is_ok(&status)) {
        char encoded[HASH_TEXT_BYTES] = "";
        base64_encode(digest, sizeof digest, encoded);
        snprintf(text, HASH_TEXT_BYTES, "'sha256-%.44s'", encoded);
    }
}

void page_init(struct page *ret_page)
{
    ret_page->html = slice_of((const char *)admin_page, admin_page_bytes);
    char script[HASH_TEXT_BYTES];
    char style[HASH_TEXT_BYTES];
    hash_element(ret_page->html, "<script>", "</script>", script);
    hash_element(ret_page->html, "<style>", "</style>", style);
    snprintf(ret_page->policy, sizeof ret_page->policy,
             "default-src 'none'; script-src %s; style-src %s; connect-src 'self'; img-src data:; base-uri "
             "'none'; "
             "form-action 'none'; frame-ancestors 'none'",
             script, style);
}
