import { AppRegistry } from 'react-native';
import { PicturesScreen } from './PicturesScreen';
import { createPictures } from './pictures';

const pictures = createPictures({ appOrigin: 'https://app.example.com', token: () => '' });
AppRegistry.registerComponent('App', () => () => (
  <PicturesScreen pictures={pictures} onSignedOut={() => {}} />
));
