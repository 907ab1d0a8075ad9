/* SPDX-License-Identifier: MIT */
#include "input_line.h"

size_t input_line_counted(const char *line, size_t len)
{
	size_t n = 0;
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (len < 3 || len > 14 || line[0] != '{' || line[len - 1] != '}')
		return 0;
	for (size_t i = 1; i < len - 1; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		n = 10 * n + (size_t)(line[i] - '0');
	}
	return n;
}

int input_line_says_nothing(const char *line, size_t len)
{
	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	return len == 0 || *line == '#' || *line == '!';
}
