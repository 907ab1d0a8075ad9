/* SPDX-License-Identifier: MIT */
#include "serial.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

enum {
	CUT = 12 /* digits of a machine id that make a serial number */,
	SHORTEST = 3,
	RUN = 6,
	LONG_RUN = 10 /* behind any letters, as in BSN12345678901234567 */
};

/* Reads the first line of a file, without surrounding blanks. Returns 0; -1 if there is none, or it is empty
 * or too long. */
static int first_line(const char *path, char *ret, size_t size)
{
	struct buf b;
	buf_init(&b, 4096);
	int r = file_read(path, &b, NULL);
	const char *line = buf_str(&b) + strspn(buf_str(&b), " \t");
	size_t len = strcspn(line, "\r\n");
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (r == 0 && len && len < size)
		snprintf(ret, size, "%.*s", (int)len, line);
	else
		r = -1;
	buf_done(&b);
	return r;
}

/* Copies the text's letters, in lower case, and digits, the form of the words below. Returns -1 if the text
 * has a character that is not visible ASCII. */
static int bare(const char *text, char *ret, size_t size)
{
	size_t n = 0;
	for (; *text; text++) {
		char c = *text;
		if (c < ' ' || c > '~')
			return -1;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) && n + 1 < size)
			ret[n++] = c;
	}
	ret[n] = '\0';
	return 0;
}

static int is_one_character(const char *text)
{
	return strspn(text, (char[]){ text[0], '\0' }) == strlen(text);
}

/* Returns 1 for "0123456789", "123456789012", "12345678": each digit is higher by one than the one before. */
static int is_counting(const char *text)
{
	static const char digits[] = "01234567890123456789012345678901234567890", hex[] = "0123456789abcdef",
			  other_hex[] = "1234567890abcdef";
	size_t len = strlen(text);
	return len >= RUN && (strncmp(text, digits, len) == 0 || strncmp(text, digits + 1, len) == 0 ||
			      strncmp(text, hex, len) == 0 || strncmp(text, hex + 1, len) == 0 ||
			      strcmp(text, other_hex) == 0);
}

int serial_is_placeholder(const char *text)
{
	/* Words that show that a text with digits is a placeholder. A text without any digit always is
	 * one. */
	static const char *const words[] = { "default",     "tobefilled",    "filledby",   "oem",
					     "serialnum",   "serialno",      "sernum",     "systemserial",
					     "boardserial", "chassisserial", "notspecif",  "notapplic",
					     "notavail",    "notset",        "notdefined", "notprovided",
					     "notpresent",  "unspecified",   "unknow",     "undefined",
					     "uninitiali",  "unavailable",   "invalid" };
	static const char *const before_digits[] = { "", "s", "sn", "ssn", "mb", "nb", "serial" };
	char word[256];
	if (bare(text, word, sizeof word) < 0 || strlen(word) < SHORTEST || !strpbrk(word, "0123456789"))
		return 1;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(word, words[i]))
			return 1;
	for (size_t i = 0; i < sizeof before_digits / sizeof *before_digits; i++) {
		size_t len = strlen(before_digits[i]);
		if (strncmp(word, before_digits[i], len) == 0 && word[len] &&
		    (is_counting(word + len) || is_one_character(word + len)))
			return 1;
	}
	const char *digits = strpbrk(word, "0123456789");
	return strlen(digits) >= LONG_RUN && is_counting(digits);
}

int serial_machine_id(char ret[SERIAL_MACHINE_ID])
{
	char id[64];
	if (first_line("/etc/machine-id", id, sizeof id) < 0 || strlen(id) != SERIAL_MACHINE_ID - 1 ||
	    strspn(id, "0123456789abcdefABCDEF") != SERIAL_MACHINE_ID - 1 || is_one_character(id))
		return -1;
	memcpy(ret, id, SERIAL_MACHINE_ID);
	return 0;
}

const char *serial_read(const char *mac_address, char *ret, size_t size)
{
	static const struct {
		const char *path, *source;
	} boards[] = {
		{ "/sys/class/dmi/id/product_serial", "DMI" },
		{ "/sys/class/dmi/id/board_serial", "DMI" },
		{ "/sys/firmware/devicetree/base/serial-number", "DeviceTree" },
	};
	char id[SERIAL_MACHINE_ID];
	for (size_t i = 0; i < sizeof boards / sizeof *boards; i++)
		if (first_line(boards[i].path, ret, size) == 0 && !serial_is_placeholder(ret))
			return boards[i].source;
	if (serial_machine_id(id) == 0) {
		snprintf(ret, size, "%.*s", CUT, id);
		return "MachineId";
	}
	ret[0] = '\0';
	for (size_t n = 0; *mac_address && n + 1 < size; mac_address++)
		if (*mac_address != ':') {
			ret[n++] = *mac_address;
			ret[n] = '\0';
		}
	return ret[0] ? "MACAddress" : "None";
}
