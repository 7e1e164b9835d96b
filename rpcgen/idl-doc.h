/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * IDL documentation: what a document says about its elements, as paragraphs and lists.
 *
 * It is in tp:docstring, and in comments: those of an element before the first in it or
 * behind the last; those between two elements are about the one that follows, or, on the
 * line where the first ends, about that.  Both may have p, ul, ol and li; of other
 * elements the text counts.  Banners ("<!--~~~") and elements that are commented out say
 * nothing.
 */

#include <libxml/tree.h>

#include "rpcgen/idl.h"

/* IdlBlock, in order, owned by @file; none if nothing is said of @node. */
GPtrArray *idl_doc(IdlFile *file, xmlNode *node);
