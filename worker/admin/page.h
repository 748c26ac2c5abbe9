/* The page for people: one HTML document (worker/admin/page.html) inside the binary, with everything it needs. */
#ifndef PENSTOCK_WORKER_ADMIN_PAGE_H
#define PENSTOCK_WORKER_ADMIN_PAGE_H

#include "base/bytes.h"

enum { PAGE_POLICY_BYTES = 512 };

struct page {
    struct slice html; /* constant, for ever */
    /* The Content-Security-Policy: nothing but the page's own style and script, by their SHA-256 (CSP Level 3, 2.3.1),
     * and requests to where it came from. */
    char policy[PAGE_POLICY_BYTES];
};

void page_init(struct page *ret_page);

#endif
