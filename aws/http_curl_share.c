#include "aws/http_curl_share.h"

#include <stdlib.h>
#include <string.h>

static void lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context) NO_THREAD_CHECK
{
    struct http_curl_share *share = context;
    (void)easy;
    (void)access;
    mutex_lock(&share->locks[data]);
}

static void unlock(CURL *easy, curl_lock_data data, void *context) NO_THREAD_CHECK
{
    struct http_curl_share *share = context;
    (void)easy;
    mutex_unlock(&share->locks[data]);
}

static bool is_openssl_3(void)
{
    static const char name[] = "OpenSSL/3.";
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return library != NULL && strncmp(library, name, sizeof name - 1) == 0;
}

/* By the user's bundle alone, as the AWS CLI; else by what libcurl was built to look for. */
static bool init_trust(struct http_curl_share *share)
{
    const char *bundle = share->given_bundle;
    const char *folder = NULL;
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return false;
    }
    if (bundle == NULL && (curl_easy_getinfo(easy, CURLINFO_CAINFO, &bundle) != CURLE_OK ||
                           curl_easy_getinfo(easy, CURLINFO_CAPATH, &folder) != CURLE_OK)) {
        bundle = NULL;
    }
    share->trusts = bundle != NULL && is_openssl_3();
    bool made = crypto_trust_init(&share->trust, bundle != NULL ? bundle : "", folder);
    curl_easy_cleanup(easy);
    return made;
}

bool http_curl_share_init(struct http_curl_share *share, const char *bundle)
{
    *share = (struct http_curl_share){.given_bundle = bundle == NULL ? NULL : strdup(bundle)};
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++) {
        mutex_init(&share->locks[i]);
    }
    bool copied = bundle == NULL || share->given_bundle != NULL;
    bool made = init_trust(share);
    share->curl = curl_share_init();
    return copied && made && share->curl != NULL &&
           curl_share_setopt(share->curl, CURLSHOPT_USERDATA, share) == CURLSHE_OK &&
           curl_share_setopt(share->curl, CURLSHOPT_LOCKFUNC, lock) == CURLSHE_OK &&
           curl_share_setopt(share->curl, CURLSHOPT_UNLOCKFUNC, unlock) == CURLSHE_OK &&
           curl_share_setopt(share->curl, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
           curl_share_setopt(share->curl, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

void http_curl_share_destroy(struct http_curl_share *share)
{
    curl_share_cleanup(share->curl);
    crypto_trust_destroy(&share->trust);
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++) {
        mutex_destroy(&share->locks[i]);
    }
    free(share->given_bundle);
}

CURLcode http_curl_share_set_options(const struct http_curl_share *share, CURL *easy)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SHARE, share->curl);
#define SET(option, value) code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value)
    if (share->trusts) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_PROXY_CAINFO, NULL);
        SET(CURLOPT_PROXY_CAPATH, NULL);
    } else if (share->given_bundle != NULL) {
        SET(CURLOPT_CAINFO, share->given_bundle);
        SET(CURLOPT_PROXY_CAINFO, share->given_bundle);
    }
#undef SET
    return code;
}
