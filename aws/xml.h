/* Just enough XML for STS: the text between the first <tag> and </tag>. */
#ifndef PENSTOCK_AWS_XML_H
#define PENSTOCK_AWS_XML_H

#include "base/bytes.h"

/* The raw text of the first element `tag` without attributes; an empty slice with NULL when there is none.
 * Borrowed.
 */
struct slice xml_text(struct slice document, const char *tag);

/* Copies it with &lt; &gt; &amp; &quot; &apos; and &#N; &#xN; (below 128) decoded. False, with an empty
 * target, when absent or too long. */
bool xml_copy_text(struct slice document, const char *tag, char *target, size_t size) MUST_USE;

#endif
