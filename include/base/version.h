/* SPDX-License-Identifier: MIT */
/* version: the version of all programs and of the library, which are released together. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define VERSION "0.1.0"

#endif
