namespace Warren.Cli;

/// <summary>What the process says to a script: one code per kind of failure. The root help lists them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Unexpected = 1;
    public const int Usage = 2;
    public const int Unavailable = 3;
    public const int Deadline = 4;
    public const int InvalidArgument = 5;
    public const int Fault = 6;
    public const int Network = 7;
    public const int LoginRefused = 8;
    public const int RefusedByBroker = 9;
    public const int Different = 10;
    public const int Damaged = 65;        // As sysexits.h has it: EX_DATAERR.
    public const int DiskFailed = 70;     // EX_SOFTWARE, its nearest.
    public const int FolderRefused = 73;  // EX_CANTCREAT.
    public const int Interrupted = 130; // 128 + SIGINT, as shells have it.
    public const int Terminated = 143;  // 128 + SIGTERM.

    public static readonly (int Code, string Meaning)[] All =
    [
        (Ok, "done"),
        (Unexpected, "an unexpected error"),
        (Usage, "the command line or the URI is wrong"),
        (Unavailable, "no server, no such queue or exchange, or no queue takes the message"),
        (Deadline, "no reply before the deadline"),
        (InvalidArgument, "the server refused the request's body"),
        (Fault, "the server's handler failed, or answered with another fault"),
        (Network, "cannot connect or listen, or the connection was lost"),
        (LoginRefused, "the broker refused user, password or virtual host"),
        (RefusedByBroker, "the broker refused an operation (403, 405, 406, basic.nack...)"),
        (Different, "the files differ (definitions diff)"),
        (Damaged, "something in the data folder is damaged (doctor)"),
        (DiskFailed, "the disk of the data folder failed; what was confirmed is on it"),
        (FolderRefused, "the data folder cannot be used: in use, read-only, no folder, or of a newer version"),
        (Interrupted, "stopped by Ctrl+C before it was done"),
        (Terminated, "stopped by SIGTERM before it was done"),
    ];
}
