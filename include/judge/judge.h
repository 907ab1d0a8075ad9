/* judge: the certificate judge's doors that need no agent: `sealpost verify` for files, for a server, for many chains. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

/* argv[0] is "verify" and its options follow. Reads files and standard input, writes standard output and error. Returns
 * the exit status: 0 accepted, 1 refused, else by sysexits.h why it could not judge. */
int judge_main(int argc, char **argv);

#endif
