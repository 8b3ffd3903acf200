using System.Globalization;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>The index of live records against a dictionary.</summary>
public sealed class PlaceIndexTests
{
    [Fact]
    public void It_finds_what_a_dictionary_finds_whatever_lengths_and_segments_the_records_have()
    {
        var only = Environment.GetEnvironmentVariable("WARREN_SEED"); // Replays one.
        foreach (var seed in only is null ? Enumerable.Range(0, 60) : [int.Parse(only, CultureInfo.InvariantCulture)])
            Compare(seed, new Random(seed));
    }

    private static void Compare(int seed, Random random)
    {
        var (index, model) = (new PlaceIndex(), new SortedDictionary<ulong, Place>());
        var lengths = random.Next(3) switch { 0 => (int[])[1060], 1 => [40, 1060, 9], _ => [70_000, 30, 65_535, 65_536] };
        var (slots, change, most) = (random.Next(5) == 0 ? 3 : 1, random.Next(2, 200), random.Next(1, 2000));
        for (var i = 0; i < 6000; i++)
        {
            var id = random.Next(3) == 0 ? (ulong)random.Next(most) : (ulong)(i % most);
            var slot = random.Next(change) == 0 ? random.Next(1, slots + 1) : 1;
            var place = random.Next(3) == 0 && i > most ? default : new Place(slot, 1024 + (uint)i, lengths[random.Next(lengths.Length)]);
            model.TryGetValue(id, out var before);
            Assert.True(before == index.Exchange(id, place), $"WARREN_SEED={seed}: {id} stood elsewhere");
            model[id] = place;
            if (place.IsNowhere)
                model.Remove(id);
            var other = (ulong)random.Next(most);
            Assert.True(model.GetValueOrDefault(other) == index.Get(other), $"WARREN_SEED={seed}: {other} is elsewhere");
        }
        Assert.Equal(model.Count, index.Count);
        Assert.True(model.Select(static entry => (entry.Key, entry.Value)).SequenceEqual(index.InOrder()), $"WARREN_SEED={seed}");
    }
}
