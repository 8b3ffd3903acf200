using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Warren.Cli.Measure;

namespace Warren.Bench.Durable;

/// <summary>
/// What no journal can be faster than: one write at the end of what was written so far and one fdatasync, again and again, in a file whose room was taken
/// before. Linux only.
/// </summary>
internal static partial class BareFile
{
    private const int Length = 64 << 20;

    /// <summary>Writes and syncs for a while.</summary>
    /// <param name="folder">Where the file is made, and deleted again.</param>
    /// <param name="octets">Octets of one write.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="isZeroed">
    /// True: the file was filled with zeros and synced before, so that no write changes metadata. False: fallocate only, as a program does that thinks no further.
    /// </param>
    public static ConfirmTimes Measure(string folder, int octets, double seconds, bool isZeroed)
    {
        var path = Path.Combine(folder, "bare");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, preallocationSize: isZeroed ? 0 : Length);
            RandomAccess.SetLength(file, Length);
            if (isZeroed) FillWithZeros(file);
            RandomAccess.FlushToDisk(file);
            return Measure(file, new byte[octets], seconds);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void FillWithZeros(SafeFileHandle file)
    {
        var zeros = new byte[1 << 20];
        for (var offset = 0; offset < Length; offset += zeros.Length) RandomAccess.Write(file, zeros, offset);
    }

    private static ConfirmTimes Measure(SafeFileHandle file, byte[] octets, double seconds)
    {
        Random.Shared.NextBytes(octets);
        var histogram = new LatencyHistogram();
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var offset = 0L;
        for (var now = Stopwatch.GetTimestamp(); now < end && offset + octets.Length <= Length; offset += octets.Length)
        {
            RandomAccess.Write(file, octets, offset);
            if (DataSync(file) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
            var then = now;
            now = Stopwatch.GetTimestamp();
            histogram.Add(now - then);
        }

        return ConfirmTimes.Of(histogram);
    }

    // FlushToDisk is fsync, which writes the file's times too.
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
