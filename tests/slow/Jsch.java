// SPDX-License-Identifier: MIT
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelShell;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Drives a codec as management software in Java does: a shell on a pseudo-terminal, echo off, XML, each document read to its end.
 *  Arguments: port, private key. Prints what it was answered, one answer after another. */
public class Jsch {
	private static InputStream in;
	private static OutputStream out;

	/** What comes up to the text and including it. */
	private static String until(String end) throws Exception {
		ByteArrayOutputStream said = new ByteArrayOutputStream();
		while (!said.toString(StandardCharsets.UTF_8).endsWith(end)) {
			int c = in.read();
			if (c < 0)
				throw new Exception("the session ended before " + end + ": " + said);
			said.write(c);
		}
		return said.toString(StandardCharsets.UTF_8);
	}

	private static String ask(String line, String end) throws Exception {
		out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
		out.flush();
		return until(end);
	}

	private static Session connect(int port, String key) throws Exception {
		JSch jsch = new JSch();
		jsch.addIdentity(key);
		Session session = jsch.getSession("admin", "127.0.0.1", port);
		session.setConfig("StrictHostKeyChecking", "no");
		session.setConfig("PreferredAuthentications", "publickey");
		session.connect(20000);
		return session;
	}

	public static void main(String[] args) throws Exception {
		Session session = connect(Integer.parseInt(args[0]), args[1]);
		ChannelShell shell = (ChannelShell) session.openChannel("shell");	/* with a pseudo-terminal, TERM=vt100 */
		in = shell.getInputStream();
		out = shell.getOutputStream();
		shell.connect(20000);
		until("\r\nOK\r\n");
		ask("echo off", "echo off\r\n\r\nOK\r\n\r\n");
		ask("xpreferences outputmode xml", "\r\nOK\r\n\r\n");
		System.out.println(ask("xStatus Time State", "</XmlDoc>"));
		System.out.println(ask("xConfiguration SystemUnit Name: \"set by JSch\"", "</XmlDoc>"));
		System.out.println(ask("xConfiguration SystemUnit Name", "</XmlDoc>"));
		System.out.println(ask("xStatus Foo", "</XmlDoc>"));
		shell.disconnect();

		ChannelExec exec = (ChannelExec) session.openChannel("exec");
		exec.setCommand("xStatus Time State");
		in = exec.getInputStream();
		exec.connect(20000);
		System.out.print(new String(in.readAllBytes(), StandardCharsets.UTF_8));
		exec.disconnect();
		session.disconnect();
	}
}
