import { useCallback, useEffect, useState } from 'react';
import { Button, FlatList, Image, StyleSheet, Text, View } from 'react-native';
import type { Picture, Pictures } from './pictures';

/** Make `pictures` once, by createPictures, outside of the screen. */
export function PicturesScreen({ pictures, onSignedOut }: { pictures: Pictures; onSignedOut: () => void }) {
  const [shown, setShown] = useState<{ pictures: Picture[]; expiresAtMs: number }>();
  const [error, setError] = useState('');
  const load = useCallback(async () => {
    setError('');
    await pictures.list().then(setShown, (reason: unknown) => setError(String(reason)));
  }, [pictures]);
  useEffect(() => void load(), [load]);

  // A picture that comes into view late has a header whose time is over.
  const onError = () => {
    if (shown && Date.now() >= shown.expiresAtMs) void load();
  };
  return (
    <View style={styles.screen}>
      <Button title="Sign out" onPress={() => void pictures.signOut().then(onSignedOut)} />
      {error !== '' && <Text accessibilityRole="alert">{error}</Text>}
      <FlatList
        data={shown?.pictures ?? []}
        keyExtractor={({ name }) => name}
        refreshing={!shown && error === ''}
        onRefresh={load}
        renderItem={({ item: { name, source } }) => (
          <Image source={source} style={styles.picture} accessibilityLabel={name} onError={onError} />
        )}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  screen: { flex: 1 },
  picture: { width: '100%', aspectRatio: 1.5, marginBottom: 8 },
});
