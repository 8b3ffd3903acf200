using System.ComponentModel;
using System.Diagnostics;

namespace Warren.Cli.Running;

/// <summary>A user's command as a handler: one process per request, body in, reply out.</summary>
internal static class ShellCommand
{
    public static Func<Request, CancellationToken, Task<Payload>> Handler(string command) => (request, cancellationToken) => RunAsync(command, request, cancellationToken);

    private static async Task<Payload> RunAsync(string command, Request request, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        try
        {
            using var reply = new MemoryStream();
            var reading = process.StandardOutput.BaseStream.CopyToAsync(reply, cancellationToken);
            var complaining = process.StandardError.ReadToEndAsync(cancellationToken);
            await WriteAsync(process, request.Body, cancellationToken);
            await Task.WhenAll(reading, complaining);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? reply.ToArray()
                : throw new RpcException(RpcStatus.Unknown, Describe(process.ExitCode, await complaining));
        }
        catch (OperationCanceledException)
        {
            Kill(process); // Nobody waits for the reply any more.
            throw;
        }
    }

    private static Process Start(string command)
    {
        var (shell, flag) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        try
        {
            return Process.Start(new ProcessStartInfo(shell, [flag, command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
        }
        catch (Win32Exception e)
        {
            throw new RpcException(RpcStatus.Internal, $"{shell} does not start: {e.Message}");
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(body, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command need not read its input: its exit code decides.
        }
    }

    private static string Describe(int exitCode, string complaint)
    {
        var lines = complaint.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 0 ? OneLine.Of(lines[^1]) : $"the command ended with exit code {exitCode}";
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
